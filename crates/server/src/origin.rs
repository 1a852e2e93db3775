//! How a client reached the service, as its headers tell.

use axum::http::HeaderMap;

/// Whether the client came by TLS, which a proxy in front ended.
pub(crate) fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}
