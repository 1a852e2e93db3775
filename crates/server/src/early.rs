//! An answer that begins before it is known, so that no proxy gives up waiting for it.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::time::timeout;
use watchme_wire::{ErrorBody, TranscribeResponse};

use crate::error::ApiError;

/// An answer that is known by then has its own status code, that of a store included which does
/// not answer: its requests are repeated for up to 8 seconds. Proxies with their usual patience
/// of 60 seconds still wait.
const FIRST: Duration = Duration::from_secs(25);

/// Four signs of life in the 60 seconds that nginx and the load balancers of AWS wait for the
/// next byte.
const EACH: Duration = Duration::from_secs(15);

/// Whitespace may stand before a JSON text (RFC 8259, section 2).
const WHITESPACE: Bytes = Bytes::from_static(b" ");

/// nginx keeps no byte of an answer with this header back.
pub(crate) const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// No proxy compresses an answer with this header, which would keep bytes back too.
pub(crate) const UNTRANSFORMED: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));

/// An answer that is still to come.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What an answer says before it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signs {
    pub(crate) content_type: HeaderValue,
    /// With the head of the answer.
    pub(crate) first: Bytes,
    /// From then on.
    pub(crate) next: Bytes,
}

impl Signs {
    /// Those of a JSON text.
    pub(crate) const JSON: Self = Self {
        content_type: HeaderValue::from_static("application/json"),
        first: WHITESPACE,
        next: WHITESPACE,
    };
}

/// How an answer that has begun goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) bytes: Bytes,
    /// Whether the connection is cut behind it, so that nobody takes it for a whole answer.
    pub(crate) is_cut: bool,
}

/// Answers with what `answer` becomes. Where that takes long, the answer is 200 and begins with
/// whitespace, and a failure can only be told in its body.
pub(crate) async fn respond(
    answer: impl Future<Output = Result<TranscribeResponse, ApiError>> + Send + 'static,
) -> Response {
    match soon(answer).await {
        Ok(known) => known.map(Json).into_response(),
        Err(later) => {
            begin(Signs::JSON, async { Rest { bytes: bytes(later.await), is_cut: false } })
        }
    }
}

/// What `answer` becomes, where it is known in time for a status code; or else the answer that is
/// still to come.
pub(crate) async fn soon<T>(
    answer: impl Future<Output = T> + Send + 'static,
) -> Result<T, Later<T>> {
    let mut answer: Later<T> = Box::pin(answer);
    match timeout(FIRST, &mut answer).await {
        Ok(known) => Ok(known),
        Err(_) => Err(answer),
    }
}

/// An answer of 200 that begins at once, gives its signs until `rest` is known, and ends with it.
pub(crate) fn begin(signs: Signs, rest: impl Future<Output = Rest> + Send + 'static) -> Response {
    let Signs { content_type, first, next } = signs;
    let begun = stream::once(async { Ok(first) });
    let rest =
        stream::unfold(State::Waiting(Box::pin(rest)), move |state| step(state, next.clone()));
    let body = Body::from_stream(begun.chain(rest));
    ([(header::CONTENT_TYPE, content_type), UNBUFFERED, UNTRANSFORMED], body).into_response()
}

/// How far an answer is that has begun.
enum State {
    Waiting(Later<Rest>),
    ToCut,
    Over,
}

/// The rest, or one more sign that it is still to come.
async fn step(state: State, sign: Bytes) -> Option<(io::Result<Bytes>, State)> {
    match state {
        State::Waiting(mut rest) => match timeout(EACH, &mut rest).await {
            Ok(Rest { bytes, is_cut: true }) => Some((Ok(bytes), State::ToCut)),
            Ok(Rest { bytes, is_cut: false }) => Some((Ok(bytes), State::Over)),
            Err(_) => Some((Ok(sign), State::Waiting(rest))),
        },
        State::ToCut => {
            // What came before is sent while this waits.
            tokio::task::yield_now().await;
            Some((Err(io::ErrorKind::ConnectionAborted.into()), State::Over))
        }
        State::Over => None,
    }
}

fn bytes(known: Result<TranscribeResponse, ApiError>) -> Bytes {
    let text = match known {
        Ok(response) => serde_json::to_vec(&response),
        Err(error) => serde_json::to_vec(&ErrorBody::from(&error)),
    };
    // These types have nothing that JSON cannot say.
    text.unwrap_or_else(|_| Value::Null.to_string().into_bytes()).into()
}
