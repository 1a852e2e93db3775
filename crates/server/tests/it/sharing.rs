//! Runs outlive their clients and are shared by them.

use std::pin::pin;

use axum::http::StatusCode;
use futures_util::poll;
use serde_json::json;
use tower::ServiceExt;
use watchme_testkit::sample::{DAY, DEVICE, key_of};

use crate::world::{Answer, World, post};

fn day() -> String {
    json!({ "device_id": DEVICE, "date": DAY }).to_string()
}

fn block(name: &str) -> String {
    json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": [name] }).to_string()
}

#[tokio::test]
async fn work_goes_on_when_the_client_leaves() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    let mut gate = world.transcriber.hold("12-00");
    {
        let mut response = pin!(world.router.clone().oneshot(post(day())));
        assert!(poll!(&mut response).is_pending());
        gate.reached().await;
    }
    gate.open();
    // Runs go one after the other: when another one is answered, the first has ended.
    assert_eq!(world.ask(block("23-30")).await.status, StatusCode::OK);
    for name in ["12-00", "12-30"] {
        assert_eq!(world.store.statuses(&key_of(name)), ["completed"]);
    }
}

#[tokio::test]
async fn equal_requests_at_once_share_one_execution() {
    let world = World::of_blocks(&["12-00"]);
    let mut gate = world.transcriber.hold("12-00");
    let mut first = pin!(world.router.clone().oneshot(post(day())));
    assert!(poll!(&mut first).is_pending());
    gate.reached().await;
    // The other form of the same day is the same run.
    let other_form = json!({ "device_id": DEVICE, "local_date": DAY }).to_string();
    let mut second = pin!(world.router.clone().oneshot(post(day())));
    let mut third = pin!(world.router.clone().oneshot(post(other_form)));
    assert!(poll!(&mut second).is_pending());
    assert!(poll!(&mut third).is_pending());
    gate.open();
    let first = Answer::read(first.await.unwrap()).await.json();
    let second = Answer::read(second.await.unwrap()).await.json();
    let third = Answer::read(third.await.unwrap()).await.json();
    assert_eq!(first["processed_files"], second["processed_files"]);
    assert_eq!(third["processed_time_blocks"], json!(["12-00"]));
    assert_eq!(world.transcriber.heard(), ["12-00"]);
}

#[tokio::test]
async fn the_service_answers_while_it_transcribes() {
    let world = World::of_blocks(&["12-00"]);
    let mut gate = world.transcriber.hold("12-00");
    let mut response = pin!(world.router.clone().oneshot(post(day())));
    assert!(poll!(&mut response).is_pending());
    gate.reached().await;
    for path in ["/", "/health", "/ready", "/docs", "/openapi.json"] {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    gate.open();
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_fault_in_a_run_is_500_and_the_next_request_works() {
    let world = World::of_blocks(&["12-00"]);
    world.transcriber.fail_times(1, "12-00", || panic!("a fault on purpose"));
    world.ask(day()).await.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "a fault");
    assert_eq!(world.ask(day()).await.json()["summary"]["pending_processed"], 1);
}
