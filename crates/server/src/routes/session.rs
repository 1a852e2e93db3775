//! `/v1/session`: signing in with a browser, which keeps a cookie and never the key.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use watchme_wire::{ErrorBody, SessionBody, SessionRequest, ValidationIssue};

use crate::access::Caller;
use crate::error::ApiError;
use crate::fields::issue;
use crate::origin::is_https;
use crate::sessions::{COOKIE, LASTS};
use crate::{Limits, Service, body};

/// The largest body of a request to sign in, in bytes. Everybody may send one.
const MAX_BODY_BYTES: usize = 4096;

const NOT_STORED: (header::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// Sign in
///
/// Begins a session of the key, which counts as that key for 12 hours, or until it is ended or the
/// service restarts. Its id is in a cookie that no script can read and that no other site can
/// have sent.
#[utoipa::path(
    post,
    path = "/v1/session",
    request_body = SessionRequest,
    responses(
        (status = 204, description = "The session has begun; where no key is needed, there is none",
            headers(("set-cookie" = String, description = "The session"))),
        (status = 401, description = "This is no key of the service", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 422, description = "The body does not fit", body = ErrorBody),
        (status = 429, description = "The key has used up its requests; `retry-after` says when \
            to ask again", body = ErrorBody,
            headers(("retry-after" = u64, description = "Seconds"))),
    )
)]
pub(crate) async fn sign_in(
    State(service): State<Service>,
    request: Request,
) -> Result<Response, ApiError> {
    let is_https = is_https(request.headers());
    let limits = Limits { body_bytes: MAX_BODY_BYTES, ..service.settings.limits };
    let body = body::read(request, &limits).await?;
    let id = service.access.sign_in(key(&body)?)?;
    let mut response = (StatusCode::NO_CONTENT, [NOT_STORED]).into_response();
    if let Some(id) = id {
        set_cookie(&mut response, &id, LASTS.as_secs(), is_https);
    }
    Ok(response)
}

/// Look at who is signed in
///
/// Also tells whether a key is needed at all.
#[utoipa::path(
    get,
    path = "/v1/session",
    responses((status = 200, description = "Who is", body = SessionBody))
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
/// Ends the session of this browser; without one there is nothing to do.
#[utoipa::path(
    delete,
    path = "/v1/session",
    responses((status = 204, description = "There is no session any more",
        headers(("set-cookie" = String, description = "Removes the cookie"))))
)]
pub(crate) async fn sign_out(
    State(service): State<Service>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    service.access.sign_out(&caller);
    let mut response = (StatusCode::NO_CONTENT, [NOT_STORED]).into_response();
    set_cookie(&mut response, "", 0, is_https(&headers));
    response
}

/// The key of a body. What does not fit is not repeated: it may be the key.
fn key(body: &Value) -> Result<&str, ApiError> {
    body.get("key").and_then(Value::as_str).ok_or_else(|| {
        let expected = "Value error, expected an object with a text as `key`";
        let issue = issue("value_error", vec!["key".into()], expected, &Value::Null);
        ApiError::Invalid(vec![ValidationIssue { url: None, ..issue }])
    })
}

/// A cookie of the whole host: behind a proxy that strips a prefix the service does not know its
/// own path.
fn set_cookie(response: &mut Response, id: &str, max_age: u64, is_https: bool) {
    let secure = if is_https { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={id}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Strict{secure}");
    // An id has nothing that a header cannot say.
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
