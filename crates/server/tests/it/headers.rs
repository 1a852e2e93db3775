//! Ids, origins and redirects.

use std::collections::BTreeSet;

use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore};

use crate::world::{World, request, settings};

const ORIGIN: &str = "https://admin.hey-watch.me";

fn without_cors() -> World {
    let settings = Settings { cors: false, ..settings() };
    World::new(FakeStore::new([]), FakeSource::new::<String, String>([]), settings)
}

fn with_header(
    mut request: Request<axum::body::Body>,
    name: &'static str,
    value: &str,
) -> Request<axum::body::Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[tokio::test]
async fn a_plain_request_id_is_given_back() {
    let world = World::of_blocks(&[]);
    for path in ["/", "/nowhere", "/fetch-and-transcribe"] {
        let request = with_header(request(Method::GET, path, ""), "x-request-id", "trace-1.a_B");
        let answer = world.send(request).await;
        assert_eq!(answer.header("x-request-id"), Some("trace-1.a_B"), "{path}");
    }
}

#[tokio::test]
async fn another_request_id_is_replaced() {
    let world = World::of_blocks(&[]);
    for id in ["", "a b", "a\"b", "<script>", &"x".repeat(65)] {
        let request = with_header(request(Method::GET, "/", ""), "x-request-id", id);
        let answer = world.send(request).await;
        let given = answer.header("x-request-id").unwrap();
        assert!(given.len() == 32 && given != id, "{id}");
    }
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own() {
    let world = World::of_blocks(&[]);
    let mut ids = BTreeSet::new();
    for _ in 0..10 {
        ids.insert(world.get("/").await.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 10);
}

#[tokio::test]
async fn errors_are_readable_from_other_origins_too() {
    let world = World::of_blocks(&[]);
    for path in ["/fetch-and-transcribe", "/fetch-and-transcribe/"] {
        let answer =
            world.send(with_header(request(Method::GET, path, ""), "origin", ORIGIN)).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
}

#[tokio::test]
async fn a_request_with_cookies_is_allowed_by_the_name_of_its_origin() {
    let world = World::of_blocks(&[]);
    let request = with_header(request(Method::GET, "/", ""), "origin", ORIGIN);
    let answer = world.send(with_header(request, "cookie", "a=b")).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(answer.header("vary"), Some("Origin"));
}

#[tokio::test]
async fn a_preflight_for_an_unknown_method_is_refused() {
    let world = World::of_blocks(&[]);
    let request = with_header(request(Method::OPTIONS, "/", ""), "origin", ORIGIN);
    let answer = world.send(with_header(request, "access-control-request-method", "BREW")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn with_the_switch_off_other_origins_get_no_word() {
    let world = without_cors();
    let simple = with_header(request(Method::GET, "/", ""), "origin", ORIGIN);
    let preflight = with_header(request(Method::OPTIONS, "/", ""), "origin", ORIGIN);
    let preflight = with_header(preflight, "access-control-request-method", "POST");
    for request in [simple, preflight] {
        let answer = world.send(request).await;
        let names = answer.headers.keys().map(axum::http::HeaderName::as_str);
        assert_eq!(names.filter(|name| name.starts_with("access-control")).count(), 0);
    }
}

#[tokio::test]
async fn a_slash_too_many_leads_to_where_the_client_came_from() {
    let world = World::of_blocks(&[]);
    let body = json!({}).to_string();
    let redirected = request(Method::POST, "/fetch-and-transcribe/?a=b", body);
    let answer = world.send(with_header(redirected, "x-forwarded-proto", "https")).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header("location"), Some("https://127.0.0.1:18001/fetch-and-transcribe?a=b"));

    let odd = with_header(request(Method::GET, "/docs/", ""), "host", "a b/c");
    assert_eq!(world.send(odd).await.header("location"), Some("/docs"));
    assert_eq!(world.get("/nowhere/").await.status, StatusCode::NOT_FOUND);
}
