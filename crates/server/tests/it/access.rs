//! Access: a table over every path of the router.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use secrecy::ExposeSecret;
use watchme_app::keys::{ApiKeys, KeyName, NewKey};
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore};

use crate::world::{Answer, World, paths, request, settings};

/// Paths that are open to everybody.
const OPEN: [&str; 4] = ["/", "/health", "/ui", "/v1/session"];

/// A service with one key of this name for each of `names`, and the keys.
pub(crate) fn guarded<const N: usize>(names: [&str; N], per_minute: u32) -> (World, [String; N]) {
    let keys = names.map(|name| NewKey::generate(&name.parse::<KeyName>().unwrap()).unwrap());
    let entries: Vec<&str> = keys.iter().map(NewKey::entry).collect();
    let api_keys: ApiKeys = entries.join(",").parse().unwrap();
    let rate_limit_per_minute = std::num::NonZeroU32::new(per_minute);
    let settings = Settings { api_keys, rate_limit_per_minute, ..settings() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, settings);
    (world, keys.map(|key| key.key().expose_secret().to_owned()))
}

pub(crate) fn bearer(mut request: Request<Body>, key: &str) -> Request<Body> {
    let value = format!("Bearer {key}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

fn x_api_key(mut request: Request<Body>, key: &str) -> Request<Body> {
    request.headers_mut().insert("x-api-key", key.parse().unwrap());
    request
}

fn get(path: &str) -> Request<Body> {
    request(Method::GET, path, "")
}

#[track_caller]
fn assert_unauthorized(answer: &Answer) {
    answer.assert_error(StatusCode::UNAUTHORIZED, "watchme keys new");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn every_path_but_the_open_ones_needs_a_key() {
    let (world, [key]) = guarded(["ops"], 0);
    let mut paths = paths();
    assert!(paths.len() >= 8, "{paths:?}");
    for made_up in ["/nowhere", "/health/", "//", "/health/x", "/%68ealth", "/HEALTH", "/docs/x"] {
        paths.insert(made_up.to_owned());
    }
    for made_up in ["/ui2", "//ui", "/UI", "/%75i", "/v1/session/", "/v1/sessions", "/v1/ui/x"] {
        paths.insert(made_up.to_owned());
    }
    for path in paths {
        for method in [Method::GET, Method::POST, Method::HEAD, Method::DELETE, Method::OPTIONS] {
            let name = format!("{method} {path}");
            let ask = || request(method.clone(), &path, "{}");
            let without = world.status(ask()).await;
            if OPEN.contains(&path.as_str()) || path.starts_with("/ui/") {
                assert_ne!(without, StatusCode::UNAUTHORIZED, "{name}");
                continue;
            }
            assert_eq!(without, StatusCode::UNAUTHORIZED, "{name}");
            let wrong = world.status(bearer(ask(), "watchme_wrong")).await;
            assert_eq!(wrong, StatusCode::UNAUTHORIZED, "{name}");
            let with = world.status(bearer(ask(), &key)).await;
            assert_ne!(with, StatusCode::UNAUTHORIZED, "{name}");
        }
    }
}

#[tokio::test]
async fn a_missing_key_and_every_wrong_one_get_the_same_answer() {
    let (world, [key]) = guarded(["ops"], 0);
    let (start, end) = key.split_at(key.len() - 1);
    let other_end = if end == "A" { "B" } else { "A" };
    let missing = world.send(get("/ready")).await;
    assert_unauthorized(&missing);
    for wrong in [
        "",
        "x",
        "watchme_",
        start,
        &format!("{start}{other_end}"),
        &format!("{key}{key}"),
        &key.to_uppercase(),
        "ops",
        &"x".repeat(4096),
    ] {
        for request in [bearer(get("/ready"), wrong), x_api_key(get("/ready"), wrong)] {
            let answer = world.send(request).await;
            assert_unauthorized(&answer);
            assert_eq!(answer.text, missing.text, "{wrong}");
            let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&answer), names(&missing), "{wrong}");
        }
    }
}

#[tokio::test]
async fn the_hash_that_is_kept_lets_nobody_in() {
    let new = NewKey::generate(&"ops".parse().unwrap()).unwrap();
    let settings = Settings { api_keys: new.entry().parse().unwrap(), ..settings() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, settings);
    let hash = new.entry().strip_prefix("ops:").unwrap();
    for kept in [hash, new.entry()] {
        assert_unauthorized(&world.send(bearer(get("/ready"), kept)).await);
    }
}

#[tokio::test]
async fn a_key_is_sent_in_either_header() {
    let (world, [first, second]) = guarded(["first", "second"], 0);
    let with = |value: &str| {
        let mut request = get("/docs");
        request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        request
    };
    for request in [
        bearer(get("/docs"), &first),
        bearer(get("/docs"), &second),
        x_api_key(get("/docs"), &second),
        with(&format!("bearer {first}")),
        with(&format!("BEARER  {first} ")),
        // A proxy's own password is none of ours.
        x_api_key(with("Basic cHJveHk6cHJveHk="), &first),
    ] {
        assert_eq!(world.send(request).await.status, StatusCode::OK);
    }
    assert_unauthorized(&world.send(with(&format!("Basic {first}"))).await);
    assert_unauthorized(&world.send(with(&first)).await);
}

#[tokio::test]
async fn browsers_of_other_origins_read_the_refusal_and_ask_beforehand_without_a_key() {
    let (world, [key]) = guarded(["admin"], 0);
    let origin = |mut request: Request<Body>| {
        request.headers_mut().insert("origin", "https://admin.hey-watch.me".parse().unwrap());
        request
    };
    let refused = world.send(origin(get("/openapi.json"))).await;
    assert_unauthorized(&refused);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    let mut preflight = origin(request(Method::OPTIONS, "/fetch-and-transcribe", ""));
    for (name, value) in [("method", "POST"), ("headers", "authorization")] {
        let name = format!("access-control-request-{name}").parse::<header::HeaderName>().unwrap();
        preflight.headers_mut().insert(name, value.parse().unwrap());
    }
    let allowed = world.send(preflight).await;
    assert_eq!(allowed.status, StatusCode::OK);
    assert_eq!(allowed.header("access-control-allow-headers"), Some("authorization"));
    assert_eq!(world.send(origin(bearer(get("/docs"), &key))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_keys_everybody_is_let_in() {
    let world = World::of_blocks(&[]);
    assert_eq!(world.get("/docs").await.status, StatusCode::OK);
    assert_eq!(world.send(bearer(get("/docs"), "any")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_key_has_its_own_requests_and_those_who_have_used_them_are_told_when() {
    let (world, [first, second]) = guarded(["first", "second"], 2);
    for _ in 0..2 {
        assert_eq!(world.send(bearer(get("/docs"), &first)).await.status, StatusCode::OK);
    }
    let answer = world.send(bearer(get("/nowhere"), &first)).await;
    answer.assert_error(StatusCode::TOO_MANY_REQUESTS, "used up");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(world.send(bearer(get("/docs"), &second)).await.status, StatusCode::OK);
    // Wrong keys use up nobody's but those of all strangers.
    assert_unauthorized(&world.send(bearer(get("/docs"), "wrong")).await);
    assert_unauthorized(&world.send(get("/docs")).await);
    for request in [get("/docs"), bearer(get("/docs"), "other")] {
        let answer = world.send(request).await;
        answer.assert_error(StatusCode::TOO_MANY_REQUESTS, "used up");
    }
    assert_eq!(world.send(bearer(get("/docs"), &second)).await.status, StatusCode::OK);
    for path in OPEN {
        for _ in 0..5 {
            assert_eq!(world.send(bearer(get(path), &first)).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn callers_without_a_key_share_the_requests_of_one() {
    let rate_limit_per_minute = std::num::NonZeroU32::new(1);
    let settings = Settings { rate_limit_per_minute, ..settings() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, settings);
    assert_eq!(world.get("/docs").await.status, StatusCode::OK);
    let answer = world.get("/docs").await;
    answer.assert_error(StatusCode::TOO_MANY_REQUESTS, "used up");
    assert_eq!(world.get("/health").await.status, StatusCode::OK);
}
