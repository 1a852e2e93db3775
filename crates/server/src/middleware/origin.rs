//! Refusal of requests that pages of other origins make.
//!
//! Any page in a browser on the same machine can reach a service without keys, and browsers send the
//! session cookie with requests from pages of the same site. So every path that the original did not
//! have is closed to pages of other origins, with a session or without.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::response::ApiError;

/// Paths of the original, which pages of every origin may use, and do.
const SHARED: [&str; 4] = ["/", "/fetch-and-transcribe", "/docs", "/openapi.json"];

/// The page. Links may lead to it from anywhere: it holds no data, and no other page may frame it.
const PAGE: [&str; 2] = ["/ui", "/ui/"];

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Host that the client named, as reported by a proxy. A page cannot set this header without a
/// preflight, which is refused.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Header that keeps pages of other origins from embedding an answer.
const RESOURCE_POLICY: (HeaderName, HeaderValue) = (
    HeaderName::from_static("cross-origin-resource-policy"),
    HeaderValue::from_static("same-origin"),
);

/// Refuses requests of other origins, except for shared paths.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    if is_shared(request.uri().path()) {
        return next.run(request).await;
    }
    if is_foreign(request.headers(), request.uri()) && !follows_a_link(&request) {
        return ApiError::OtherOrigin.into_response();
    }
    let mut response = next.run(request).await;
    let (name, value) = RESOURCE_POLICY;
    response.headers_mut().insert(name, value);
    response
}

/// True if pages of every origin may use a path.
pub(crate) fn is_shared(path: &str) -> bool {
    // A trailing slash is redirected.
    let is_known = |path: &str| SHARED.contains(&path);
    is_known(path) || path.strip_suffix('/').is_some_and(|path| path != "/" && is_known(path))
}

/// True if a browser sent this request on behalf of a page of another origin.
///
/// Browsers send `sec-fetch-site` over TLS and to their own machine. Otherwise, and in older
/// browsers, `origin` comes with every request that could change something or be read.
pub(crate) fn is_foreign(headers: &HeaderMap, uri: &Uri) -> bool {
    match headers.get(FETCH_SITE) {
        Some(site) => site != "same-origin" && site != "none",
        None => headers.get(header::ORIGIN).is_some_and(|origin| !is_own(origin, headers, uri)),
    }
}

/// True if the client used TLS, which a proxy terminated.
pub(crate) fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

/// True if an origin is the host of the request, as the client or a proxy names it.
fn is_own(origin: &HeaderValue, headers: &HeaderMap, uri: &Uri) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    // Pages without an origin send `null`, which matches no host.
    let Some((scheme, origin)) = origin else { return false };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let plain = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    let named = [headers.get(header::HOST), headers.get(FORWARDED_HOST)];
    let named = named.into_iter().flatten().filter_map(|host| host.to_str().ok());
    // HTTP/2 has the host in the URI.
    let mut hosts = named.chain(uri.authority().map(Authority::as_str));
    hosts.any(|host| plain(host) == plain(origin))
}

/// True if somebody follows a link to the page in a top-level window.
fn follows_a_link(request: &Request) -> bool {
    let says =
        |name: HeaderName, word: &str| request.headers().get(name).is_some_and(|v| v == word);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_window = says(FETCH_MODE, "navigate") && says(FETCH_DEST, "document");
    reads && is_window && PAGE.contains(&request.uri().path())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[track_caller]
    fn check(is_expected_foreign: bool, pairs: &[(&'static str, &str)]) {
        let uri = Uri::from_static("/v1/runs");
        assert_eq!(is_foreign(&headers(pairs), &uri), is_expected_foreign, "{pairs:?}");
    }

    #[test]
    fn a_browser_that_says_where_from_is_believed() {
        for (site, is_expected_foreign) in [
            ("same-origin", false),
            ("none", false),
            ("same-site", true),
            ("cross-site", true),
            ("", true),
            ("anything", true),
        ] {
            check(is_expected_foreign, &[("sec-fetch-site", site)]);
            check(is_expected_foreign, &[("sec-fetch-site", site), ("host", "a")]);
            let pairs = [("sec-fetch-site", site), ("host", "a"), ("origin", "https://b")];
            check(is_expected_foreign, &pairs);
        }
    }

    #[test]
    fn an_origin_is_compared_with_the_host_that_was_asked() {
        check(false, &[]);
        check(false, &[("host", "127.0.0.1:8001")]);
        for (host, origin, is_expected_foreign) in [
            ("127.0.0.1:8001", "http://127.0.0.1:8001", false),
            ("127.0.0.1:8001", "http://127.0.0.1:9000", true),
            ("127.0.0.1:8001", "http://127.0.0.1", true),
            ("[::1]:8001", "http://[::1]:8001", false),
            ("api.hey-watch.me", "https://api.hey-watch.me", false),
            ("api.hey-watch.me:443", "https://api.hey-watch.me", false),
            ("api.hey-watch.me:80", "https://api.hey-watch.me", true),
            ("Api.Hey-Watch.Me", "https://api.hey-watch.me", false),
            ("api.hey-watch.me", "https://admin.hey-watch.me", true),
            ("api.hey-watch.me", "https://api.hey-watch.me.example", true),
            ("api.hey-watch.me", "null", true),
            ("api.hey-watch.me", "", true),
            ("api.hey-watch.me", "file://", true),
            ("api.hey-watch.me", "api.hey-watch.me", true),
            ("x", "extension://x", true),
        ] {
            check(is_expected_foreign, &[("host", host), ("origin", origin)]);
        }
        check(true, &[("origin", "https://a")]);
        let proxied = [("host", "localhost:8001"), ("origin", "https://a")];
        check(true, &proxied);
        check(false, &[proxied[0], proxied[1], ("x-forwarded-host", "a")]);
        check(true, &[proxied[0], proxied[1], ("x-forwarded-host", "b")]);
        let second = Uri::from_static("https://a/v1/runs");
        assert!(!is_foreign(&headers(&[("origin", "https://a")]), &second));
        assert!(is_foreign(&headers(&[("origin", "https://b")]), &second));
    }

    #[test]
    fn the_originals_paths_are_shared_and_no_others() {
        for path in
            ["/", "/fetch-and-transcribe", "/fetch-and-transcribe/", "/docs", "/openapi.json"]
        {
            assert!(is_shared(path), "{path}");
        }
        for path in [
            "",
            "//",
            "/v1/runs",
            "/ui",
            "/async-process",
            "/reprocess-failed",
            "/metrics",
            "/health",
            "/ready",
            "/nowhere",
            "/docs/page.js",
            "/fetch-and-transcribe/x",
            "/DOCS",
        ] {
            assert!(!is_shared(path), "{path}");
        }
    }
}
