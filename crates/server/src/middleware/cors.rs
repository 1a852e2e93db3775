//! CORS headers, byte for byte as the original sends them.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::origin;

/// Methods that other origins may use.
const METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/// Time for which a browser may cache a preflight answer, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

const TRUE: HeaderValue = HeaderValue::from_static("true");
const ANY: HeaderValue = HeaderValue::from_static("*");
const ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// Admits every origin to shared paths. Requests without an origin pass unchanged.
pub(crate) async fn allow_every_origin(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if !origin::is_shared(request.uri().path()) {
        return next.run(request).await;
    }
    let asks = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    if let Some(method) = asks.filter(|_| request.method() == Method::OPTIONS) {
        return preflight(origin, method, request.headers());
    }
    let has_cookie = request.headers().contains_key(header::COOKIE);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    // A browser does not accept `*` for a request with cookies.
    if has_cookie {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.append(header::VARY, ORIGIN);
    } else {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    }
    response
}

fn preflight(origin: HeaderValue, method: &HeaderValue, asked: &HeaderMap) -> Response {
    let is_known = method.to_str().is_ok_and(|method| METHODS.split(", ").any(|m| m == method));
    let mut response = if is_known {
        (StatusCode::OK, "OK").into_response()
    } else {
        (StatusCode::BAD_REQUEST, "Disallowed CORS method").into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, ORIGIN);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}
