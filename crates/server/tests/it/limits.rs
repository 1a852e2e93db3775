//! Bounds.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::{StreamExt, poll, stream};
use serde_json::json;
use tower::ServiceExt;
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, post, settings};

fn world(limits: Limits) -> World {
    let blocks = ["12-00", "12-30", "13-00"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    let source = FakeSource::new(blocks.map(|block| (key_of(block), block)));
    World::new(store, source, Settings { limits, ..settings() })
}

fn block(name: &str) -> String {
    json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": [name] }).to_string()
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_however_it_comes() {
    let world = world(Limits { body_bytes: 100, ..Limits::default() });
    let whole = Body::from("x".repeat(101));
    let endless = stream::repeat(Ok::<_, Infallible>("x".repeat(10)));
    for body in [whole, Body::from_stream(endless)] {
        let answer = world.ask(body).await;
        answer.assert_error(StatusCode::PAYLOAD_TOO_LARGE, "more than 100 bytes");
    }
    assert_eq!(world.ask(" ".repeat(100)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let world = world(Limits { body_timeout: Duration::ZERO, ..Limits::default() });
    let stalled = stream::pending::<Result<String, Infallible>>();
    let answer = world.ask(Body::from_stream(stalled)).await;
    answer.assert_error(StatusCode::REQUEST_TIMEOUT, "in time");
}

#[tokio::test]
async fn a_body_that_comes_slowly_takes_no_place_of_others() {
    let limits =
        Limits { requests: 1, large_bodies: 1, small_body_bytes: 200, ..Limits::default() };
    let world = world(limits);
    let begun = |bytes| {
        let first = stream::once(async move { Ok::<_, Infallible>(" ".repeat(bytes)) });
        post(Body::from_stream(first.chain(stream::pending())))
    };
    let mut small = pin!(world.router.clone().oneshot(begun(200)));
    let mut large = pin!(world.router.clone().oneshot(begun(201)));
    assert!(poll!(&mut small).is_pending());
    assert!(poll!(&mut large).is_pending());
    assert_eq!(world.ask(block("12-00")).await.status, StatusCode::OK);
    let padded = block("12-30") + &" ".repeat(200);
    let answer = world.ask(padded).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "ask again");
}

#[tokio::test]
async fn a_run_too_many_is_refused_with_the_time_to_ask_again() {
    let world = world(Limits { waiting_runs: 1, ..Limits::default() });
    let mut gate = world.transcriber.hold("12-00");
    let mut first = pin!(world.router.clone().oneshot(post(block("12-00"))));
    assert!(poll!(&mut first).is_pending());
    gate.reached().await;
    let mut second = pin!(world.router.clone().oneshot(post(block("12-30"))));
    assert!(poll!(&mut second).is_pending());

    let answer = world.ask(block("13-00")).await;
    answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "ask again");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);

    gate.open();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    assert_eq!(second.await.unwrap().status(), StatusCode::OK);
    assert_eq!(world.ask(block("13-00")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_too_many_is_refused_and_a_client_that_left_makes_room() {
    let world = world(Limits { requests: 1, ..Limits::default() });
    let mut gate = world.transcriber.hold("12-00");
    {
        let mut first = pin!(world.router.clone().oneshot(post(block("12-00"))));
        assert!(poll!(&mut first).is_pending());
        gate.reached().await;
        let answer = world.ask(block("12-00")).await;
        answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "ask again");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(world.get("/health").await.status, StatusCode::OK);
    }
    gate.open();
    assert_eq!(world.ask(block("12-30")).await.status, StatusCode::OK);
}
