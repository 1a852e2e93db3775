//! Webhook events for runs.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use watchme_core::{Claiming, Event, Quarantine, RecordingStatus, TranscribeError};
use watchme_server::{Settings, serve};
use watchme_testkit::sample::{DAY, DEVICE, key_of, object_key, slot};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};
use watchme_webhooks::{Config, Webhooks};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{World, request, settings};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A receiver that takes everything.
async fn receiver() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    server
}

/// A service that sends events to `receiver`, and gives up recordings at their first failure.
fn world(blocks: &[&str], receiver: &MockServer) -> World {
    let store = FakeStore::new(blocks.iter().map(|block| RecordingSeed::at(block)));
    let source = FakeSource::new(blocks.iter().map(|block| (key_of(block), "what was said")));
    let quarantine = Quarantine { max_strikes: 1, status: RecordingStatus::Failed };
    let (owner, lease) = ("test".to_owned(), Duration::from_mins(1));
    let claiming = Some(Claiming { store: Arc::new(store.clone()), owner, lease, quarantine });
    let url = format!("{}/hooks", receiver.uri()).parse().unwrap();
    let webhooks = Webhooks::start(Config::new(vec![url], SECRET.parse().unwrap())).unwrap();
    World::new(store, source, Settings { claiming, webhooks: Some(webhooks), ..settings() })
}

/// Returns what the receiver got once the service has ended.
async fn told(world: &World, receiver: &MockServer) -> Vec<Value> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, world.service.clone(), async {}).await.unwrap();
    world.service.drain_webhooks().await;
    let requests = receiver.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn day() -> Value {
    json!({ "device_id": DEVICE, "date": DAY })
}

#[tokio::test]
async fn every_end_is_told_in_order_by_id_and_status_only() {
    let receiver = receiver().await;
    let world = world(&["12-00", "12-30"], &receiver);
    world.transcriber.fail_times(1, "", || TranscribeError::Damaged { reason: "cut".to_owned() });
    let run = world.start(&day()).await;
    world.ended(&run["id"]).await;
    let events = told(&world, &receiver).await;
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["recording.failed", "recording.completed", "run.ended"]);
    let recording = |status: &str, block: &str| {
        json!({
            "status": status, "run_id": run["id"], "file_path": key_of(block),
            "device_id": DEVICE, "date": DAY, "time_block": block,
        })
    };
    assert_eq!(events[0]["data"], recording("failed", "12-00"));
    assert_eq!(events[1]["data"], recording("completed", "12-30"));
    assert_eq!(events[2]["data"], json!({ "status": "finished", "run_id": run["id"] }));
    for event in &events {
        assert!(!event.to_string().contains("what was said"), "{event}");
    }

    let answer = world.get("/v1/webhooks/deliveries").await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!((body["deliveries"].as_array().unwrap().len(), &body["dropped"]), (3, &json!(0)));
    let latest = &body["deliveries"][0];
    assert_eq!(latest["event_id"], events[2]["id"]);
    assert_eq!(latest["type"], "run.ended");
    assert_eq!((&latest["state"], &latest["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!((&latest["last_status"], &latest["last_error"]), (&json!(204), &Value::Null));
    assert_eq!(latest["host"], receiver.address().to_string());
    assert!(!answer.text.contains("hooks"), "the host only: {}", answer.text);
    let one = world.get("/v1/webhooks/deliveries?limit=1").await.json();
    assert_eq!(one["deliveries"].as_array().unwrap().len(), 1);
    let many = world.get("/v1/webhooks/deliveries?limit=many").await;
    many.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "query.limit");
}

#[tokio::test]
async fn a_quarantine_is_an_event_of_the_run_too() {
    let receiver = receiver().await;
    let world = world(&["12-00"], &receiver);
    world.transcriber.fail("", || TranscribeError::Damaged { reason: "cut".to_owned() });
    let run = world.start(&day()).await;
    world.ended(&run["id"]).await;
    let events = world.get(&format!("/v1/runs/{}/events", run["id"].as_str().unwrap())).await;
    let quarantined = events.text.split("\n\n").find(|text| text.contains("recording_quarantined"));
    assert!(quarantined.unwrap().contains(&key_of("12-00")), "{}", events.text);
}

#[tokio::test]
async fn a_run_that_was_cancelled_is_told_as_such() {
    let receiver = receiver().await;
    let world = world(&["12-00"], &receiver);
    let mut gate = world.transcriber.hold("");
    let run = world.start(&day()).await;
    gate.reached().await;
    let path = format!("/v1/runs/{}", run["id"].as_str().unwrap());
    world.send(request(Method::DELETE, &path, "")).await;
    gate.left().await;
    world.ended(&run["id"]).await;
    let events = told(&world, &receiver).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["data"], json!({ "status": "cancelled", "run_id": run["id"] }));
}

#[tokio::test]
async fn without_receivers_nothing_was_delivered() {
    let answer = World::of_blocks(&[]).get("/v1/webhooks/deliveries").await;
    assert_eq!(answer.json(), json!({ "deliveries": [], "dropped": 0 }));
}

#[tokio::test]
async fn what_is_done_beside_the_runs_is_told_too() {
    let receiver = receiver().await;
    let world = world(&[], &receiver);
    let (key, slot) = (object_key(&key_of("12-00")), slot("12-00"));
    world.service.observer().observe(Event::Quarantined { key: &key, slot: &slot });
    let events = told(&world, &receiver).await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["type"], "recording.failed");
    assert_eq!(
        (&events[0]["data"]["run_id"], &events[0]["data"]["time_block"]),
        (&Value::Null, &json!("12-00"))
    );
}
