//! `/v1/session`: signing in with a browser, which gets a cookie and never keeps the key.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use watchme_wire::{ErrorBody, SessionBody, SessionRequest, ValidationIssue};

use crate::middleware::access::Caller;
use crate::middleware::origin;
use crate::middleware::sessions::{COOKIE, LASTS};
use crate::request::body;
use crate::request::fields::issue;
use crate::response::ApiError;
use crate::{Limits, Service};

/// Largest body of a request to sign in, in bytes. Anybody may send one.
const MAX_BODY_BYTES: usize = 4096;

const NOT_STORED: (header::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// Sign in
///
/// Begins a session that counts as the key for 12 hours, until it is ended, or until the service
/// restarts. Its id is in a cookie that no script can read and no other site can send.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "session",
    request_body = SessionRequest,
    responses(
        (status = 204, description = "The session has begun; without keys there is no session",
            headers(("set-cookie" = String, description = "The session"))),
        (status = 400, description = "The body is not UTF-8", body = ErrorBody),
        (status = 401, description = "The key is not valid", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body is invalid", body = ErrorBody),
        (status = 429, description = "The key's rate limit is reached; `retry-after` says when to \
            try again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn sign_in(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let is_https = origin::is_https(request.headers());
    let limits = Limits { body_bytes: MAX_BODY_BYTES, ..service.settings.limits };
    let body = body::read(request, &limits, &service.large_bodies).await?;
    let id = service.access.sign_in(key(&body)?)?;
    let mut response = (StatusCode::NO_CONTENT, [NOT_STORED]).into_response();
    if let Some(id) = id {
        set_cookie(&mut response, &id, LASTS.as_secs(), is_https);
    }
    Ok(response)
}

/// Get the session
///
/// Also says if a key is needed at all.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "session",
    responses((status = 200, description = "The name of the caller's key", body = SessionBody))
)]
pub(crate) async fn show_session(
    State(service): State<Service>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let needs_key = service.access.needs_key();
    let name = caller.name.filter(|_| needs_key).map(|name| name.to_string());
    ([NOT_STORED], Json(SessionBody { needs_key, name })).into_response()
}

/// Sign out
///
/// Ends the session of this browser, if there is one.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "session",
    responses((status = 204, description = "The session has ended",
        headers(("set-cookie" = String, description = "Removes the cookie"))))
)]
pub(crate) async fn sign_out(
    State(service): State<Service>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    service.access.sign_out(&caller);
    let mut response = (StatusCode::NO_CONTENT, [NOT_STORED]).into_response();
    set_cookie(&mut response, "", 0, origin::is_https(&headers));
    response
}

/// Returns the key from a body. An error does not repeat the input, which may hold the key.
fn key(body: &Value) -> Result<&str, ApiError> {
    body.get("key").and_then(Value::as_str).ok_or_else(|| {
        let expected = "Value error, expected an object with a text as `key`";
        ApiError::Invalid(vec![ValidationIssue {
            url: None,
            ..issue("value_error", vec!["key".into()], expected, &Value::Null)
        }])
    })
}

/// Sets the cookie for the whole host: behind a proxy that strips a prefix the service does not know
/// its own path.
fn set_cookie(response: &mut Response, id: &str, max_age: u64, is_https: bool) {
    let secure = if is_https { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={id}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Strict{secure}");
    // An id is always a valid header value.
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
