//! Signing in with a browser.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::access::{bearer, guarded};
use crate::world::{Answer, World, request};

const SESSION: &str = "/v1/session";

/// Asks to sign in with this key.
pub(crate) fn sign_in(key: &str) -> Request<Body> {
    request(Method::POST, SESSION, json!({ "key": key }).to_string())
}

/// The same request with a session.
pub(crate) fn with_cookie(mut request: Request<Body>, cookie: &str) -> Request<Body> {
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request
}

fn get(path: &str) -> Request<Body> {
    request(Method::GET, path, "")
}

/// Returns the part of a cookie that a browser sends back.
pub(crate) fn cookie(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""), "{answer:?}");
    let cookie = answer.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn who(world: &World, request: Request<Body>) -> Value {
    let answer = world.send(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

#[tokio::test]
async fn a_session_counts_as_its_key_until_it_is_ended() {
    let (world, [key]) = guarded(["ops"], 0);
    assert_eq!(who(&world, get(SESSION)).await, json!({ "needs_key": true, "name": null }));
    let cookie = cookie(&world.send(sign_in(&key)).await);
    let signed_in = |path| with_cookie(get(path), &cookie);
    let ops = json!({ "needs_key": true, "name": "ops" });
    assert_eq!(who(&world, signed_in(SESSION)).await, ops);
    assert_eq!(who(&world, bearer(get(SESSION), &key)).await, ops);
    for path in ["/v1/runs", "/openapi.json", "/metrics"] {
        assert_eq!(world.status(signed_in(path)).await, StatusCode::OK, "{path}");
    }
    // One browser has left, the other has not.
    let other = self::cookie(&world.send(sign_in(&key)).await);
    let left = world.send(with_cookie(request(Method::DELETE, SESSION, ""), &cookie)).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    assert!(left.header("set-cookie").unwrap().starts_with("watchme_session=; Max-Age=0;"));
    assert_eq!(world.status(signed_in("/v1/runs")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.status(with_cookie(get("/v1/runs"), &other)).await, StatusCode::OK);
    assert_eq!(who(&world, signed_in(SESSION)).await["name"], Value::Null);
}

#[tokio::test]
async fn no_script_reads_the_cookie_and_no_other_site_sends_it() {
    let (world, [key]) = guarded(["ops"], 0);
    let attributes = |answer: &Answer| {
        let cookie = answer.header("set-cookie").unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let id = pair.strip_prefix("watchme_session=").unwrap();
        assert_eq!(id.len(), 43, "256 bits: {id}");
        attributes.to_owned()
    };
    let plain = world.send(sign_in(&key)).await;
    let expected = "Max-Age=43200; Path=/; HttpOnly; SameSite=Strict";
    assert_eq!(attributes(&plain), expected);
    assert_eq!(plain.header("cache-control"), Some("no-store"));
    let mut by_tls = sign_in(&key);
    by_tls.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
    assert_eq!(attributes(&world.send(by_tls).await), format!("{expected}; Secure"));
}

#[tokio::test]
async fn a_wrong_key_and_a_body_that_does_not_fit_are_refused_and_not_repeated() {
    let (world, [key]) = guarded(["ops"], 0);
    for wrong in ["", "watchme_wrong", &key[1..], &key.to_uppercase(), &"x".repeat(4000)] {
        let answer = world.send(sign_in(wrong)).await;
        answer.assert_error(StatusCode::UNAUTHORIZED, "no key of this service");
        assert_eq!(answer.header("set-cookie"), None);
    }
    for body in [
        String::new(),
        json!({ "keys": key }).to_string(),
        json!({ "key": [key] }).to_string(),
        json!(key).to_string(),
        format!("{{\"key\": {key}"),
    ] {
        let answer = world.send(request(Method::POST, SESSION, body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
        assert!(!answer.text.contains(&key), "{answer:?}");
    }
    let large = world.send(sign_in(&"x".repeat(5000))).await;
    large.assert_error(StatusCode::PAYLOAD_TOO_LARGE, "more than 4096 bytes");
}

#[tokio::test]
async fn no_session_and_a_made_up_one_are_alike() {
    let (world, [key]) = guarded(["ops"], 0);
    let cookie = cookie(&world.send(sign_in(&key)).await);
    let missing = world.send(get("/v1/runs")).await;
    let names = format!("x{cookie}");
    for made_up in
        ["watchme_session=", "watchme_session=x", &cookie[..50], &names, "watchme_session"]
    {
        let answer = world.send(with_cookie(get("/v1/runs"), made_up)).await;
        answer.assert_error(StatusCode::UNAUTHORIZED, "watchme keys new");
        assert_eq!(answer.text, missing.text);
    }
    // A program that sends a wrong key is told so, whatever else it sends.
    let both = with_cookie(bearer(get("/v1/runs"), "wrong"), &cookie);
    assert_eq!(world.status(both).await, StatusCode::UNAUTHORIZED);
    let right = with_cookie(bearer(get("/v1/runs"), &key), "watchme_session=x");
    assert_eq!(world.status(right).await, StatusCode::OK);
}

#[tokio::test]
async fn a_session_uses_up_the_requests_of_its_key() {
    let (world, [key]) = guarded(["ops"], 3);
    let cookie = cookie(&world.send(sign_in(&key)).await);
    assert_eq!(world.status(with_cookie(get("/v1/runs"), &cookie)).await, StatusCode::OK);
    assert_eq!(world.status(bearer(get("/v1/runs"), &key)).await, StatusCode::OK);
    let used_up = world.send(with_cookie(get("/v1/runs"), &cookie)).await;
    used_up.assert_error(StatusCode::TOO_MANY_REQUESTS, "used up");
    world.send(sign_in(&key)).await.assert_error(StatusCode::TOO_MANY_REQUESTS, "used up");
    // Who is signed in may be asked as often as the page likes.
    assert_eq!(who(&world, with_cookie(get(SESSION), &cookie)).await["name"], "ops");
}

#[tokio::test]
async fn where_no_key_is_needed_there_is_no_session() {
    let world = World::of_blocks(&[]);
    let answer = world.send(sign_in("any")).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::NO_CONTENT, None));
    assert_eq!(who(&world, get(SESSION)).await, json!({ "needs_key": false, "name": null }));
    let left = world.status(request(Method::DELETE, SESSION, "")).await;
    assert_eq!(left, StatusCode::NO_CONTENT);
}
