//! Every error of the service, and the one shape it has on the wire.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use watchme_core::ModelName;
use watchme_runner::{NotCancelled, Refused, RunError, RunState};
use watchme_wire::{Detail, ErrorBody, LocationPart, ValidationIssue};

use crate::echo::shortened;

/// After this long a busy service is worth another try: a recording takes a few seconds, a day
/// some minutes.
const BUSY_FOR: Duration = Duration::from_mins(1);

/// After this long a restarted service is back, its model loaded; so is a database, mostly.
const RESTART: Duration = Duration::from_secs(30);

/// What a caller without a key is asked for.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) enum ApiError {
    NotFound,
    MethodNotAllowed,
    /// A key is needed, and none came that is one of ours.
    Unauthorized,
    /// What was given to sign in is no key of ours.
    WrongKey,
    /// A page of another origin asks, which may not.
    OtherOrigin,
    /// The key has used up its requests.
    TooOften {
        wait: Duration,
    },
    /// The body cannot be read as text.
    UnreadableBody,
    BodyTimeout,
    BodyTooLarge {
        limit_bytes: usize,
    },
    /// The body does not fit.
    Invalid(Vec<ValidationIssue>),
    /// The model is not allowed.
    UnknownModel {
        asked: String,
        allowed: Vec<ModelName>,
    },
    /// As many requests are waited for as may.
    TooManyRequests,
    /// As many clients follow runs as may.
    TooManyFollowers,
    Refused(Refused),
    /// No run has this id, or none any more.
    NoSuchRun,
    /// The run had ended before it could be cancelled.
    RunEnded(RunState),
    /// The rows of the selection cannot be read.
    Database(String),
    /// Work for the background is not durably accepted, and why. Who sends it again loses nothing.
    NotAccepted(String),
    /// No row says that the slot has this recording.
    NoSuchRecording,
    /// The audio of a recording is gone.
    NoAudio(String),
    /// The recording ends before the part that is asked for.
    OutOfRange {
        size: u64,
    },
    /// As many recordings are fetched to be listened to as may.
    TooManyPlayed,
    /// The recording cannot be fetched now.
    NoSource(String),
    /// The recording cannot be fetched, and why.
    SourceRefuses(String),
    /// The database keeps no claims, of which this is told.
    NoClaims(String),
    /// The database keeps no ledger, of which this is told.
    NoLedger(String),
    Cancelled,
    /// The run was cancelled by request. A client that asks again by itself would undo that.
    Withdrawn,
    /// A fault in this program.
    Fault,
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoSuchRun | Self::NoSuchRecording | Self::NoAudio(_) => {
                StatusCode::NOT_FOUND
            }
            Self::OutOfRange { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::RunEnded(_) | Self::Withdrawn => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnreadableBody | Self::UnknownModel { .. } => StatusCode::BAD_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests
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

    /// When it is worth another try.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            // Whole seconds, and not a moment too early.
            Self::TooOften { wait } => Some(Duration::from_secs(wait.as_secs() + 1)),
            Self::TooManyRequests
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

    /// What people read.
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
            Self::TooOften { .. } => {
                "this key has used up its requests; ask again after the seconds in `retry-after`"
                    .into()
            }
            Self::UnreadableBody => "the body is no UTF-8 text; send JSON".into(),
            Self::BodyTimeout => "the body did not arrive in time; send it again".into(),
            Self::BodyTooLarge { limit_bytes } => {
                format!("the body has more than {limit_bytes} bytes; ask for less at a time")
            }
            Self::Invalid(issues) => summary(issues),
            Self::UnknownModel { asked, allowed } => unknown_model(asked, allowed),
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
        // Where clients know another shape of errors, it is told anew.
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<&ApiError> for ErrorBody {
    fn from(error: &ApiError) -> Self {
        let message = error.message();
        let detail = match error {
            // Where the original has a word for it, clients may compare it.
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
            // Without its causes, which may name hosts; the run has logged them.
            RunError::Store(error) => Self::Database(error.to_string()),
            RunError::Cancelled => Self::Cancelled,
            RunError::Withdrawn => Self::Withdrawn,
            _ => Self::Fault,
        }
    }
}

/// What the original says about a model it does not have, which its clients show.
fn unknown_model(asked: &str, allowed: &[ModelName]) -> String {
    let asked = shortened(asked);
    let allowed: Vec<&str> = allowed.iter().map(ModelName::as_str).collect();
    format!(
        "サポートされていないモデル: {asked}. 対応モデル: {}. ⚠️ 警告: 他のモデルを使用するとメモリ不足でEC2がクラッシュします！モデル変更にはEC2インスタンスのスケールアップが必要です。",
        allowed.join(", ")
    )
}

/// At most this many issues are told in one sentence.
const ISSUES_IN_MESSAGE: usize = 5;

fn summary(issues: &[ValidationIssue]) -> String {
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
