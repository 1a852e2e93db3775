//! The page as it is served.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::world::{Answer, World, request};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn asked(path: &str, name: &'static str, value: &str) -> Request<Body> {
    let mut request = request(Method::GET, path, "");
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// The files that the page names.
fn named(page: &Answer) -> BTreeSet<String> {
    let texts = page.text.split('"').filter(|text| text.starts_with("ui/"));
    texts.map(|text| format!("/{text}")).collect()
}

#[track_caller]
fn assert_guarded(answer: &Answer) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("cache-control", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn the_page_and_its_files_are_served_and_need_no_other_host() {
    let world = World::of_blocks(&[]);
    let page = world.get("/ui").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_guarded(&page);
    // Relative addresses alone work behind a proxy that strips a prefix.
    assert!(!page.text.contains("//"), "{}", page.text);
    assert!(!page.text.contains("\"/"), "{}", page.text);
    let files = named(&page);
    assert!(!files.is_empty());
    for file in files {
        let answer = world.get(&file).await;
        assert_eq!(answer.status, StatusCode::OK, "{file}");
        let kind = match file.rsplit_once('.').unwrap().1 {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("a file of the kind `{other}`"),
        };
        assert_eq!(answer.header("content-type"), Some(kind), "{file}");
        assert_guarded(&answer);
    }
    let head = world.send(request(Method::HEAD, "/ui", "")).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn the_page_says_nothing_inline_that_its_policy_would_refuse() {
    let page = World::of_blocks(&[]).get("/ui").await.text;
    assert!(!page.contains("style=") && !page.contains("<style"), "{page}");
    assert!(!page.contains(" on") || !page.contains("on\u{3d}"), "{page}");
    for script in page.split("<script").skip(1) {
        assert!(script.split("</script>").next().unwrap().ends_with('>'), "{script}");
    }
}

#[tokio::test]
async fn the_page_speaks_the_language_that_the_browser_prefers() {
    let world = World::of_blocks(&[]);
    let mut tags = BTreeSet::new();
    for (accepted, language) in [("ja,en;q=0.8", "ja"), ("en,ja;q=0.8", "en"), ("de", "en")] {
        let page = world.send(asked("/ui", "accept-language", accepted)).await;
        let html = format!("<html lang=\"{language}\">");
        assert!(page.text.contains(&html), "{accepted}: {}", page.text);
        assert!(!page.text.contains("%lang%"), "{}", page.text);
        assert_eq!(page.header("vary"), Some("Accept-Language"));
        tags.insert(page.header("etag").unwrap().to_owned());
    }
    assert_eq!(tags.len(), 2, "a page is not taken for that in the other language");
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let world = World::of_blocks(&[]);
    for path in ["/ui", "/ui/app.js"] {
        let first = world.get(path).await;
        let etag = first.header("etag").unwrap();
        let weak = format!("W/{etag}");
        let several = format!("\"other\", {etag}");
        for known in [etag, &weak, &several, "*"] {
            let again = world.send(asked(path, "if-none-match", known)).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(again.text, "");
            assert_eq!(again.header("etag"), Some(etag));
            assert_guarded(&again);
        }
        let other = world.send(asked(path, "if-none-match", "\"other\"")).await;
        assert_eq!(other.text, first.text);
    }
}

#[tokio::test]
async fn a_slash_too_many_leads_back_behind_any_prefix() {
    let answer = World::of_blocks(&[]).get("/ui/").await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header("location"), Some("../ui"));
}

#[tokio::test]
async fn only_the_files_of_the_page_are_served() {
    let world = World::of_blocks(&[]);
    for path in [
        "/ui/nowhere.js",
        "/ui/index.html",
        "/ui/app.js/",
        "/ui//app.js",
        "/ui/../Cargo.toml",
        "/ui/..%2FCargo.toml",
        "/ui/%2e%2e/src/main.rs",
    ] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
