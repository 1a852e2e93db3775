//! An answer that begins before it is known, so that no proxy gives up waiting for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
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

type Answer = Pin<Box<dyn Future<Output = Result<TranscribeResponse, ApiError>> + Send>>;

/// Answers with what `answer` becomes. Where that takes long, the answer is 200 and begins with
/// whitespace, and a failure can only be told in its body.
pub(crate) async fn respond(
    answer: impl Future<Output = Result<TranscribeResponse, ApiError>> + Send + 'static,
) -> Response {
    let mut answer: Answer = Box::pin(answer);
    if let Ok(known) = timeout(FIRST, &mut answer).await {
        return known.map(Json).into_response();
    }
    let begun = stream::once(async { Ok::<_, Infallible>(WHITESPACE) });
    let rest = stream::unfold(Some(answer), async |answer| Some(step(answer?).await));
    let body = Body::from_stream(futures_util::StreamExt::chain(begun, rest));
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([json, UNBUFFERED, UNTRANSFORMED], body).into_response()
}

/// The answer, or one more sign that it is still to come.
async fn step(mut answer: Answer) -> (Result<Bytes, Infallible>, Option<Answer>) {
    match timeout(EACH, &mut answer).await {
        Ok(known) => (Ok(bytes(known)), None),
        Err(_) => (Ok(WHITESPACE), Some(answer)),
    }
}

fn bytes(known: Result<TranscribeResponse, ApiError>) -> Bytes {
    let text = match known {
        Ok(response) => serde_json::to_vec(&response),
        Err(error) => serde_json::to_vec(&ErrorBody::from(error)),
    };
    // These types have nothing that JSON cannot say.
    text.unwrap_or_else(|_| Value::Null.to_string().into_bytes()).into()
}
