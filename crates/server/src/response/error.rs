//! Every error of the service, and its one shape on the wire.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tracing::error;
use watchme_core::{ClaimError, DeviceId, ErrorChain, LedgerError, ModelName, StoreError};
use watchme_runner::{NotCancelled, Refused, RunError, RunState};
use watchme_wire::{Detail, ErrorBody, LocationPart, ValidationIssue};

use super::echo::shorten;

/// `retry-after` of a busy service: a recording takes a few seconds, a day some minutes.
const BUSY_FOR: Duration = Duration::from_mins(1);

/// `retry-after` of a restart, with its model loaded; most database outages are as short.
const RESTART: Duration = Duration::from_secs(30);

/// Challenge for callers without a key.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// Reason why a request fails.
#[derive(Debug)]
pub(crate) enum ApiError {
    NotFound,
    MethodNotAllowed,
    /// A key is needed, and the request has none of this service.
    Unauthorized,
    /// Somebody signs in with something that is no key of this service.
    WrongKey,
    /// A page of another origin may not use this path.
    OtherOrigin,
    /// The request names no host, or more than one.
    BadHost,
    /// The request is for a host that is not allowed.
    OtherHost,
    /// The key has used up its requests.
    TooOften {
        wait: Duration,
    },
    /// The body is not valid UTF-8.
    UnreadableBody,
    BodyTimeout,
    BodyTooLarge {
        limit_bytes: usize,
    },
    /// Parts of the request do not fit.
    Invalid(Vec<ValidationIssue>),
    /// The model is not allowed.
    UnknownModel {
        asked: String,
        allowed: Vec<ModelName>,
    },
    /// The model does not know the language.
    UnknownLanguage {
        model: ModelName,
        code: String,
    },
    /// The model cannot be used, with the reason.
    BrokenModel(String),
    /// The limit of connections is reached.
    TooManyConnections,
    /// The limit of waiting requests is reached.
    TooManyRequests,
    /// The limit of clients that follow runs is reached.
    TooManyFollowers,
    Refused(Refused),
    /// No run has this id (any more).
    NoSuchRun,
    /// The run had ended before it could be cancelled.
    RunEnded(RunState),
    /// The database cannot be read. Holds the reason without its causes, which may name hosts.
    Database(String),
    /// Background work is not durably accepted, with the reason. Sending it again loses nothing.
    NotAccepted(String),
    /// No recording is of this device; with devices that may have been meant.
    UnknownDevice {
        device: DeviceId,
        near: Vec<DeviceId>,
    },
    /// No row assigns this recording to the slot.
    NoSuchRecording,
    /// The audio of a recording is gone.
    NoAudio(String),
    /// The requested range begins after the end of the recording.
    OutOfRange {
        size: u64,
    },
    /// The limit of recordings that are fetched for playback is reached.
    TooManyPlayed,
    /// The source is unavailable now, with the reason.
    NoSource(String),
    /// The source refuses the recording, with the reason.
    SourceRefuses(String),
    /// The database keeps no claims; says how to add them.
    NoClaims(String),
    /// The database keeps no ledger; says how to add it.
    NoLedger(String),
    /// The run was cancelled by a shutdown.
    Cancelled,
    /// The run was cancelled by request. A client that retries automatically would undo that.
    Withdrawn,
    /// A bug in this program.
    Fault,
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound
            | Self::NoSuchRun
            | Self::UnknownDevice { .. }
            | Self::NoSuchRecording
            | Self::NoAudio(_) => StatusCode::NOT_FOUND,
            Self::OutOfRange { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::RunEnded(_) | Self::Withdrawn => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnreadableBody
            | Self::UnknownModel { .. }
            | Self::UnknownLanguage { .. }
            | Self::BrokenModel(_)
            | Self::BadHost => StatusCode::BAD_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyConnections
            | Self::TooManyRequests
            | Self::TooManyFollowers
            | Self::TooManyPlayed
            | Self::NoSource(_)
            | Self::Refused(_)
            | Self::Cancelled
            | Self::NotAccepted(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoClaims(_) | Self::NoLedger(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Database(_) | Self::SourceRefuses(_) | Self::Fault => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// Returns the time after which a retry makes sense.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            // Rounded up to whole seconds.
            Self::TooOften { wait } => Some(Duration::from_secs(wait.as_secs() + 1)),
            Self::TooManyConnections
            | Self::TooManyRequests
            | Self::TooManyFollowers
            | Self::Refused(Refused::Full { .. }) => Some(BUSY_FOR),
            Self::Refused(_)
            | Self::Cancelled
            | Self::NotAccepted(_)
            | Self::TooManyPlayed
            | Self::NoSource(_) => Some(RESTART),
            _ => None,
        }
    }

    /// Returns the message for people.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NotFound => "there is nothing at this path; `/docs` lists what there is".into(),
            Self::MethodNotAllowed => {
                "this path takes other methods, which the `allow` header names".into()
            }
            Self::Unauthorized => {
                "send a key of this service as `Authorization: Bearer KEY` or as `X-API-Key: KEY`; \
                 who runs it makes one with `watchme keys new`"
                    .into()
            }
            Self::WrongKey => {
                "this is no key of this service; who runs it makes one with `watchme keys new`"
                    .into()
            }
            Self::OtherOrigin => {
                "pages of other origins may not use this path; ask from a server, or from the \
                 page of this service"
                    .into()
            }
            Self::BadHost => "send exactly one `Host` header, with a host name".into(),
            Self::OtherHost => {
                "this service does not answer for that host; who runs it can add the name to \
                 `WATCHME_ALLOWED_HOSTS`, or set `WATCHME_API_KEYS`"
                    .into()
            }
            Self::UnknownDevice { device, near } => {
                let device = shorten(device.as_str());
                let near: Vec<_> = near.iter().map(|near| format!("`{near}`")).collect();
                let hint = match &near[..] {
                    [] => "`/v1/devices` lists all devices".to_owned(),
                    near => format!("did you mean {}?", near.join(" or ")),
                };
                format!("the device `{device}` is unknown: it has no recordings; {hint}")
            }
            Self::UnknownLanguage { model, code } => {
                format!("the model `{model}` does not know the language `{code}`")
            }
            Self::BrokenModel(reason) => format!("the model cannot be used: {reason}"),
            Self::TooManyConnections => "too many connections; try again later".into(),
            Self::TooOften { .. } => {
                "this key has used up its requests; ask again after the seconds in `retry-after`"
                    .into()
            }
            Self::UnreadableBody => "the body is no UTF-8 text; send JSON".into(),
            Self::BodyTimeout => "the body did not arrive in time; send it again".into(),
            Self::BodyTooLarge { limit_bytes } => {
                format!("the body has more than {limit_bytes} bytes; ask for less at a time")
            }
            Self::Invalid(issues) => summarize(issues),
            Self::UnknownModel { asked, allowed } => unknown_model_message(asked, allowed),
            Self::TooManyRequests => "too many requests are waiting; ask again later".into(),
            Self::TooManyFollowers => {
                "too many clients follow runs; ask again later, or look at the run itself".into()
            }
            Self::Refused(refused) => refused.to_string(),
            Self::NoSuchRun => {
                "no run has this id; ended runs make room for newer ones and none outlives a \
                 restart, `/v1/runs` lists what there is"
                    .into()
            }
            Self::RunEnded(state) => {
                format!("the run is {} already, so there is nothing to cancel", state.as_str())
            }
            Self::Database(reason) => format!("データベースクエリエラー: {reason}"),
            Self::NoSuchRecording => {
                "the slot has no such recording; its address lists those that it has".into()
            }
            Self::NoAudio(reason) => {
                format!("{reason}: the audio was deleted, or never arrived; what was heard stays")
            }
            Self::OutOfRange { size } => format!("the recording has {size} bytes, and none there"),
            Self::TooManyPlayed => {
                "too many recordings are being fetched to be listened to; try again".into()
            }
            Self::NoSource(reason) | Self::SourceRefuses(reason) => {
                format!("the recording cannot be fetched: {reason}")
            }
            Self::NotAccepted(reason) => format!("not accepted, send it again later: {reason}"),
            Self::NoClaims(reason) | Self::NoLedger(reason) => reason.clone(),
            Self::Cancelled => RunError::Cancelled.to_string(),
            Self::Withdrawn => RunError::Withdrawn.to_string(),
            Self::Fault => RunError::Panicked.to_string(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after());
        let range = match &self {
            Self::OutOfRange { size } => HeaderValue::from_str(&format!("bytes */{size}")).ok(),
            _ => None,
        };
        let mut response = (status, Json(ErrorBody::from(&self))).into_response();
        if let Some(wait) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        if let Some(range) = range {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, BEARER);
        }
        // For paths whose clients expect another shape of errors.
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<&ApiError> for ErrorBody {
    fn from(error: &ApiError) -> Self {
        let message = error.message();
        let detail = match error {
            // Clients of the original may compare its words.
            ApiError::NotFound => Detail::Text("Not Found".into()),
            ApiError::MethodNotAllowed => Detail::Text("Method Not Allowed".into()),
            ApiError::Unauthorized | ApiError::WrongKey => Detail::Text("Not authenticated".into()),
            ApiError::UnreadableBody => Detail::Text("There was an error parsing the body".into()),
            ApiError::Invalid(issues) => Detail::Issues(issues.clone()),
            _ => Detail::Text(message.clone()),
        };
        Self { detail, message }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        unreadable_database(&error)
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::NotInstalled { .. } => Self::NoClaims(error.to_string()),
            error => unreadable_database(&error),
        }
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotInstalled { .. } => Self::NoLedger(error.to_string()),
            error => unreadable_database(&error),
        }
    }
}

/// Logs the error with all its causes, which the client does not see.
fn unreadable_database(error: &(dyn Error + 'static)) -> ApiError {
    error!(error = %ErrorChain(error), "the database could not be read");
    ApiError::Database(error.to_string())
}

impl From<NotCancelled> for ApiError {
    fn from(error: NotCancelled) -> Self {
        match error {
            NotCancelled::Ended { state } => Self::RunEnded(state),
            _ => Self::NoSuchRun,
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<&RunError> for ApiError {
    fn from(error: &RunError) -> Self {
        match error {
            // The run has logged the causes.
            RunError::Store(error) => Self::Database(error.to_string()),
            RunError::Cancelled => Self::Cancelled,
            RunError::Withdrawn => Self::Withdrawn,
            _ => Self::Fault,
        }
    }
}

/// Returns the original's words for a model that it does not have; its clients show them.
fn unknown_model_message(asked: &str, allowed: &[ModelName]) -> String {
    let asked = shorten(asked);
    let allowed: Vec<&str> = allowed.iter().map(ModelName::as_str).collect();
    format!(
        "サポートされていないモデル: {asked}. 対応モデル: {}. ⚠️ 警告: 他のモデルを使用するとメモリ不足でEC2がクラッシュします！モデル変更にはEC2インスタンスのスケールアップが必要です。",
        allowed.join(", ")
    )
}

/// Number of issues that one message lists.
const ISSUES_IN_MESSAGE: usize = 5;

fn summarize(issues: &[ValidationIssue]) -> String {
    let mut text = String::from("the request does not fit: ");
    for (index, issue) in issues.iter().take(ISSUES_IN_MESSAGE).enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        for (depth, part) in issue.loc.iter().enumerate() {
            let dot = if depth > 0 { "." } else { "" };
            let _ = match part {
                LocationPart::Key(key) => write!(text, "{dot}{key}"),
                LocationPart::Index(index) => write!(text, "{dot}{index}"),
            };
        }
        let _ = write!(text, ": {}", issue.msg);
    }
    let more = issues.len().saturating_sub(ISSUES_IN_MESSAGE);
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    text
}
