//! Answers that begin before their result is known, so that no proxy gives up waiting.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::time::timeout;
use watchme_wire::{ErrorBody, TranscribeResponse};

use super::ApiError;

/// Time to wait for a result before the answer begins. A result within it has its own status code,
/// also if the store does not answer: its requests are retried for up to 8 seconds. Proxies with
/// their usual timeout of 60 seconds still wait.
const STATUS_TIMEOUT: Duration = Duration::from_secs(25);

/// Time between filler bytes: four of them in the 60 seconds that nginx and the load balancers of
/// AWS wait for the next byte.
const INTERVAL: Duration = Duration::from_secs(15);

/// Whitespace may precede a JSON text (RFC 8259, section 2).
const WHITESPACE: Bytes = Bytes::from_static(b" ");

/// Header that stops nginx from buffering an answer.
pub(crate) const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Header that stops proxies from compressing an answer, which would delay bytes too.
pub(crate) const UNTRANSFORMED: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));

/// A result that is still to come.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Bytes that readers of a format ignore, sent until the result is known. Its response has it as an
/// extension, for a connection that asks whether the client is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filler {
    pub(crate) content_type: HeaderValue,
    /// Sent with the head of the answer.
    pub(crate) first: Bytes,
    /// Sent at each interval from then on.
    pub(crate) next: Bytes,
}

impl Filler {
    pub(crate) const JSON: Self = Self {
        content_type: HeaderValue::from_static("application/json"),
        first: WHITESPACE,
        next: WHITESPACE,
    };
}

/// Last part of an answer that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) bytes: Bytes,
    /// True if the connection is cut afterwards, so that nobody takes this for a whole answer.
    pub(crate) is_cut: bool,
}

/// Answers with the result. If it takes long, the answer is 200 and begins with whitespace, and a
/// failure is reported in its body only.
pub(crate) async fn respond(
    result: impl Future<Output = Result<TranscribeResponse, ApiError>> + Send + 'static,
) -> Response {
    match wait_for_status(result).await {
        Ok(result) => result.map(Json).into_response(),
        Err(later) => {
            let tail = async { Tail { bytes: serialize(later.await), is_cut: false } };
            begin(Filler::JSON, tail)
        }
    }
}

/// Waits for a result while a status code may still depend on it. If that takes too long, returns
/// the pending result as the error.
pub(crate) async fn wait_for_status<T>(
    result: impl Future<Output = T> + Send + 'static,
) -> Result<T, Later<T>> {
    let mut result: Later<T> = Box::pin(result);
    match timeout(STATUS_TIMEOUT, &mut result).await {
        Ok(known) => Ok(known),
        Err(_) => Err(result),
    }
}

/// Begins an answer of 200 at once, sends filler until `tail` is known, and ends with it.
pub(crate) fn begin(filler: Filler, tail: impl Future<Output = Tail> + Send + 'static) -> Response {
    let Filler { content_type, first, next } = filler.clone();
    let head = stream::once(async { Ok(first) });
    let rest =
        stream::unfold(State::Waiting(Box::pin(tail)), move |state| advance(state, next.clone()));
    let body = Body::from_stream(head.chain(rest));
    let headers = [(header::CONTENT_TYPE, content_type), UNBUFFERED, UNTRANSFORMED];
    (headers, Extension(filler), body).into_response()
}

/// Progress of an answer that has begun.
enum State {
    Waiting(Later<Tail>),
    ToCut,
    Over,
}

/// Returns the tail, or filler if it is still to come.
async fn advance(state: State, filler: Bytes) -> Option<(io::Result<Bytes>, State)> {
    match state {
        State::Waiting(mut tail) => match timeout(INTERVAL, &mut tail).await {
            Ok(Tail { bytes, is_cut: true }) => Some((Ok(bytes), State::ToCut)),
            Ok(Tail { bytes, is_cut: false }) => Some((Ok(bytes), State::Over)),
            Err(_) => Some((Ok(filler), State::Waiting(tail))),
        },
        State::ToCut => {
            // Gives the bytes before the cut a chance to be sent.
            tokio::task::yield_now().await;
            Some((Err(io::ErrorKind::ConnectionAborted.into()), State::Over))
        }
        State::Over => None,
    }
}

fn serialize(result: Result<TranscribeResponse, ApiError>) -> Bytes {
    let text = match result {
        Ok(response) => serde_json::to_vec(&response),
        Err(error) => serde_json::to_vec(&ErrorBody::from(&error)),
    };
    // These types cannot fail to serialize.
    text.unwrap_or_else(|_| Value::Null.to_string().into_bytes()).into()
}
