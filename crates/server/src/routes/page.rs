//! `GET /ui`: the page for the people who run the service.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::page::{self, File};
use crate::request::language::Language;
use crate::response::ApiError;

/// Content security policy: everything comes from this host, nothing is inline, and no other page
/// may frame this one.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// Browsers keep a file but revalidate it each time, so a new version shows at once.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

pub(crate) async fn page(headers: HeaderMap) -> Response {
    let mut response = send(page::index(Language::preferred(&headers)), &headers);
    let varies = HeaderValue::from_static("Accept-Language");
    response.headers_mut().append(header::VARY, varies);
    response
}

/// Redirects to the page. The location is relative so that it works behind a proxy that strips a
/// prefix.
pub(crate) async fn page_without_slash() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "../ui")]).into_response()
}

pub(crate) async fn page_file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    page::file(&name)
        .map_or_else(|| ApiError::NotFound.into_response(), |file| send(file, &headers))
}

/// Sends the file, or 304 if the browser has it.
fn send(file: &File, asked: &HeaderMap) -> Response {
    let mut response = if has(asked, &file.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, file.kind)], file.bytes.clone()).into_response()
    };
    let fixed: [(HeaderName, HeaderValue); 4] = [
        (header::CACHE_CONTROL, REVALIDATED),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    response.headers_mut().extend(fixed);
    response.headers_mut().insert(header::ETAG, file.etag.clone());
    response
}

/// True if `if-none-match` names the file. Proxies that compress make the tag weak.
fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
