//! Errors in the shape that OpenAI's clients read.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use watchme_core::TranscribeError;
use watchme_runner::Refused;
use watchme_wire::openai::{OpenAiError, OpenAiErrorBody};

use crate::response::ApiError;
use crate::response::echo::shorten;

/// Code of a value that is never valid.
pub(super) const INVALID_VALUE: &str = "invalid_value";

/// Code of a value that OpenAI accepts and this service does not.
pub(super) const UNSUPPORTED_VALUE: &str = "unsupported_value";

/// Type of errors in the request.
const INVALID_REQUEST: &str = "invalid_request_error";

/// Type of errors in the service.
const SERVER_ERROR: &str = "server_error";

/// Header that the official clients check before an automatic retry.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// `retry-after` of a full disk.
const ROOM: Duration = Duration::from_mins(1);

/// Reason why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
    message: String,
    retry_after: Option<Duration>,
    /// True if a retry would end the same way.
    is_final: bool,
}

impl Refusal {
    /// Refuses a field. `expected` says what would be valid.
    pub(super) fn field(
        name: &'static str,
        code: &'static str,
        expected: impl std::fmt::Display,
    ) -> Self {
        let message = format!("`{name}` does not fit: {expected}");
        let refused = Self::new(StatusCode::BAD_REQUEST, message);
        Self { param: Some(name), code: Some(code), ..refused }
    }

    /// Refuses a body that is not a valid form.
    pub(super) fn no_form(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message.to_owned())
    }

    /// Refuses an unknown model.
    pub(super) fn unknown_model(asked: &str) -> Self {
        let asked = shorten(asked);
        let message =
            format!("there is no model `{asked}` here; `/v1/models` lists those there are");
        let refused = Self::new(StatusCode::NOT_FOUND, message);
        Self { param: Some("model"), code: Some("model_not_found"), ..refused }
    }

    /// Refuses a recording larger than the limit.
    pub(super) fn too_large(limit_bytes: u64) -> Self {
        let message = format!("the recording has more than {limit_bytes} bytes; send it in parts");
        let refused = Self::new(StatusCode::PAYLOAD_TOO_LARGE, message);
        Self { param: Some("file"), ..refused }
    }

    /// Refuses a recording that cannot be written to disk. The log has the cause.
    pub(super) fn not_stored() -> Self {
        let message = "the recording cannot be kept until it is transcribed; try again later, and \
                       tell who runs the service";
        let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, message.to_owned());
        Self { retry_after: Some(ROOM), ..refused }
    }

    /// Returns the body of the answer.
    pub(super) fn body(&self) -> OpenAiErrorBody {
        let error = OpenAiError {
            message: self.message.clone(),
            kind: self.kind.to_owned(),
            param: self.param.map(str::to_owned),
            code: self.code.map(str::to_owned),
        };
        OpenAiErrorBody { error }
    }

    fn new(status: StatusCode, message: String) -> Self {
        let kind = if status.is_server_error() { SERVER_ERROR } else { INVALID_REQUEST };
        let (param, code, retry_after) = (None, None, None);
        Self { status, kind, param, code, message, retry_after, is_final: false }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        if self.is_final {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        response
    }
}

impl From<&ApiError> for Refusal {
    fn from(error: &ApiError) -> Self {
        let refused = Self::new(error.status(), error.message());
        let refused = Self { retry_after: error.retry_after(), ..refused };
        match error {
            ApiError::Unauthorized => Self { code: Some("invalid_api_key"), ..refused },
            ApiError::BrokenModel(_) => {
                Self { param: Some("model"), code: Some(UNSUPPORTED_VALUE), ..refused }
            }
            ApiError::TooOften { .. } => {
                Self { kind: "requests", code: Some("rate_limit_exceeded"), ..refused }
            }
            _ => refused,
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::from(&error)
    }
}

impl From<TranscribeError> for Refusal {
    fn from(error: TranscribeError) -> Self {
        match error {
            TranscribeError::Unsupported { .. } | TranscribeError::Damaged { .. } => {
                Self::field("file", INVALID_VALUE, error)
            }
            TranscribeError::Cancelled => ApiError::Refused(Refused::Draining).into(),
            _ => {
                let refused = Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
                Self { is_final: true, ..refused }
            }
        }
    }
}
