//! Pages of other origins: what they can use, and that they neither read nor act elsewhere.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::access::guarded;
use crate::events::day;
use crate::sessions::{cookie, sign_in, with_cookie};
use crate::world::{Answer, HOST, RUNS, TRANSCRIBE, World, paths, request, settings};

const ORIGIN: &str = "https://evil.example";

/// The original's own paths.
const SHARED: [&str; 4] = ["/", "/fetch-and-transcribe", "/docs", "/openapi.json"];

fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

/// Headers that browsers send for a page of another origin: current browsers, and older ones.
fn foreign() -> [Vec<(&'static str, &'static str)>; 5] {
    [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site"), ("origin", "https://admin.hey-watch.me")],
        vec![("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
        vec![("origin", ORIGIN)],
        vec![("origin", "null")],
    ]
}

/// Returns every path that is not the original's.
fn own_paths() -> Vec<String> {
    let own = paths().into_iter().filter(|path| !SHARED.contains(&path.as_str()));
    own.chain(["/nowhere".to_owned()]).collect()
}

/// Nothing that lets a page of another origin read the answer.
#[track_caller]
fn assert_unreadable(answer: &Answer, name: &str) {
    let names = answer.headers.keys().map(axum::http::HeaderName::as_str);
    assert_eq!(names.filter(|name| name.starts_with("access-control")).count(), 0, "{name}");
}

/// True if errors have OpenAI's shape.
fn is_of_openai(path: &str) -> bool {
    path.starts_with("/v1/audio") || path.starts_with("/v1/models")
}

#[tokio::test]
async fn every_path_of_ours_is_refused_to_pages_of_other_origins() {
    let world = World::of_blocks(&["12-00"]);
    let paths = own_paths();
    assert!(paths.len() >= 15, "{paths:?}");
    for path in paths {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::HEAD, Method::OPTIONS] {
            for headers in foreign() {
                let name = format!("{method} {path} {headers:?}");
                let answer = world.send(with(request(method.clone(), &path, "{}"), &headers)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
                assert_unreadable(&answer, &name);
                let told = "pages of other origins";
                let has_body = method != Method::HEAD;
                if has_body && is_of_openai(&path) {
                    assert!(answer.json()["error"]["message"].as_str().unwrap().contains(told));
                } else if has_body {
                    answer.assert_error(StatusCode::FORBIDDEN, told);
                }
            }
        }
    }
    assert!(world.get(RUNS).await.json()["runs"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_act_with_the_session_of_a_browser() {
    let (world, [key]) = guarded(["ops"], 0);
    let cookie = cookie(&world.send(sign_in(&key)).await);
    for headers in foreign() {
        let start = with_cookie(request(Method::POST, RUNS, day().to_string()), &cookie);
        assert_eq!(world.status(with(start, &headers)).await, StatusCode::FORBIDDEN);
        let look = with_cookie(request(Method::GET, "/v1/session", ""), &cookie);
        assert_eq!(world.status(with(look, &headers)).await, StatusCode::FORBIDDEN);
        // Nor where the original lets every page in: the session is not theirs.
        let shared = with_cookie(request(Method::POST, TRANSCRIBE, day().to_string()), &cookie);
        let refused = world.send(with(shared, &headers)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{headers:?}");
    }
    let own = with_cookie(request(Method::POST, RUNS, day().to_string()), &cookie);
    let own =
        with(own, &[("sec-fetch-site", "same-origin"), ("origin", &format!("http://{HOST}"))]);
    assert_eq!(world.status(own).await, StatusCode::ACCEPTED);
    // No other page can sign a browser in or out.
    for method in [Method::POST, Method::DELETE] {
        let body = json!({ "key": key }).to_string();
        let asked = with(request(method, "/v1/session", body), &[("origin", ORIGIN)]);
        assert_eq!(world.status(asked).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(
        world.status(with_cookie(request(Method::GET, RUNS, ""), &cookie)).await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn nobody_asks_beforehand_with_success_whether_they_may() {
    let world = World::of_blocks(&[]);
    for path in own_paths() {
        let asked = [("origin", ORIGIN), ("access-control-request-method", "POST")];
        let answer = world.send(with(request(Method::OPTIONS, &path, ""), &asked)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_unreadable(&answer, &path);
    }
}

#[tokio::test]
async fn the_page_of_the_service_and_programs_are_let_in() {
    let own = format!("http://{HOST}");
    for headers in [
        vec![],
        vec![("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "none")],
        vec![("origin", own.as_str())],
        vec![("sec-fetch-site", "same-origin"), ("origin", own.as_str())],
    ] {
        let world = World::of_blocks(&["12-00"]);
        let start = request(Method::POST, RUNS, day().to_string());
        let started = world.send(with(start, &headers)).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{headers:?}");
        assert_unreadable(&started, "its own page needs no word");
        assert_eq!(started.header("cross-origin-resource-policy"), Some("same-origin"));
    }
}

#[tokio::test]
async fn the_originals_paths_stay_open_to_every_page() {
    let world = World::of_blocks(&["12-00"]);
    for headers in foreign() {
        for path in SHARED {
            let answer = world.send(with(request(Method::GET, path, ""), &headers)).await;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            let is_named = headers.iter().any(|(name, _)| *name == "origin");
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, is_named.then_some("*"), "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn with_the_switch_off_other_origins_are_refused_as_well() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(store, source, Settings { cors: false, ..settings() });
    let asked = with(request(Method::GET, RUNS, ""), &[("origin", ORIGIN)]);
    assert_eq!(world.status(asked).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_link_leads_to_the_page_from_anywhere_and_nothing_frames_or_runs_it() {
    let world = World::of_blocks(&[]);
    let ask = |method: Method, path: &str, mode: &str, destination: &str| {
        let headers = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", destination),
        ];
        with(request(method, path, ""), &headers)
    };
    let status = async |request| world.status(request).await;
    let get = Method::GET;
    assert_eq!(status(ask(get.clone(), "/ui", "navigate", "document")).await, StatusCode::OK);
    for request in [
        ask(get.clone(), "/ui", "navigate", "iframe"),
        ask(get.clone(), "/ui", "no-cors", "script"),
        ask(get.clone(), "/ui", "cors", "empty"),
        ask(get.clone(), "/ui/app.js", "no-cors", "script"),
        ask(get.clone(), "/v1/runs", "navigate", "document"),
        ask(Method::POST, "/ui", "navigate", "document"),
        ask(Method::POST, "/reprocess-failed", "navigate", "document"),
    ] {
        assert_eq!(status(request).await, StatusCode::FORBIDDEN);
    }
}
