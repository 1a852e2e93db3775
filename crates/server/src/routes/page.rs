//! `/ui`: the page for the people who run the service.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::language::Language;
use crate::page::{self, File};

/// Everything comes from here, nothing is written into the page, and no other page frames it.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// A file is kept, and asked for again each time: a new version is seen at once.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

pub(crate) async fn page(headers: HeaderMap) -> Response {
    let mut response = sent(page::index(Language::preferred(&headers)), &headers);
    let varies = HeaderValue::from_static("Accept-Language");
    response.headers_mut().append(header::VARY, varies);
    response
}

/// Relative, so that it also leads back through a proxy that strips a prefix.
pub(crate) async fn page_without_slash() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "../ui")]).into_response()
}

pub(crate) async fn page_file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    page::file(&name)
        .map_or_else(|| ApiError::NotFound.into_response(), |file| sent(file, &headers))
}

/// The file, unless the browser has it.
fn sent(file: &File, asked: &HeaderMap) -> Response {
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

/// Whether `if-none-match` names the file. Proxies that compress make a tag a weak one.
fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
