//! One span, one log line and one id for each request. Bodies and queries are never logged.

use std::any::Any;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::{Instrument, debug, error, field, info, info_span};

use crate::response::ApiError;
use crate::response::echo::shorten;

/// Header that ties a request to its log lines, here and at the caller.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is accepted from a caller, in bytes.
const MAX_ID_BYTES: usize = 64;

/// Gives the request an id and a span, runs it and logs how it ended.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|id| is_plain(id)).cloned();
    let id = id.unwrap_or_else(new_id);
    let path = request.uri().path();
    // The page loads all of its files at once, which is as uninteresting as a probe.
    let is_probe =
        matches!(path, "/" | "/health" | "/ready" | "/metrics") || path.starts_with("/ui/");
    let span = if is_probe {
        info_span!("probe", http.path = shorten(path), caller = field::Empty)
    } else {
        info_span!(
            "request",
            http.method = request.method().as_str(),
            http.path = shorten(path),
            request.id = id.to_str().unwrap_or_default(),
            caller = field::Empty,
        )
    };
    async move {
        let mut end = RequestEnd { started: Instant::now(), is_probe, status: None };
        let mut response = next.run(request).await;
        end.status = Some(response.status().as_u16());
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// Answers a request whose handler panicked.
pub(crate) fn answer_panic(_panic: Box<dyn Any + Send>) -> Response {
    // The payload may hold client data; the panic message on standard error has the location.
    error!("a handler panicked");
    ApiError::Fault.into_response()
}

/// Logs how a request ended when dropped, answered or not.
struct RequestEnd {
    started: Instant,
    is_probe: bool,
    status: Option<u16>,
}

impl Drop for RequestEnd {
    fn drop(&mut self) {
        let seconds = self.started.elapsed().as_secs_f64();
        match self.status {
            // Probes arrive every few seconds.
            Some(status) if self.is_probe => debug!(http.status = status, seconds, "answered"),
            Some(status) => info!(http.status = status, seconds, "answered {status}"),
            None => info!(seconds, "the client left before the answer; any run of it goes on"),
        }
    }
}

/// True if a caller's id is safe to repeat anywhere.
fn is_plain(id: &HeaderValue) -> bool {
    let is_known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_known)
}

/// Returns a random request id.
fn new_id() -> HeaderValue {
    let id = format!("{:032x}", fastrand::u128(..));
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
}
