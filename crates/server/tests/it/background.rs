//! Work that is accepted and done in the background.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use watchme_core::{Claiming, Quarantine, RecordingStatus, StoreError, TranscribeError};
use watchme_server::{Limits, Settings};
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{Answer, World, request, settings};

/// `recorded_at` of block 12-00, as the ecosystem's message has it.
const NOON: &str = "2025-07-20T03:00:00+00:00";

fn message(path: &str) -> Value {
    json!({ "file_path": path, "device_id": DEVICE, "recorded_at": NOON })
}

async fn send(world: &World, path: &str, body: &Value) -> Answer {
    world.send(request(Method::POST, path, body.to_string())).await
}

async fn announce(world: &World, block: &str) -> Answer {
    send(world, "/async-process", &message(&key_of(block))).await
}

async fn reprocess(world: &World, body: &Value) -> Answer {
    send(world, "/reprocess-failed", body).await
}

fn world(blocks: &[(&str, &str)], settings: Settings) -> World {
    let seeds = blocks.iter().map(|(block, status)| RecordingSeed::at(block).in_status(status));
    let source = FakeSource::new(blocks.iter().map(|(block, _)| (key_of(block), *block)));
    World::new(FakeStore::new(seeds), source, settings)
}

/// A world whose recordings are quarantined at their first failure.
fn strict_world(blocks: &[&str]) -> World {
    let store = FakeStore::new(blocks.iter().map(|block| RecordingSeed::at(block)));
    let source = FakeSource::new(blocks.iter().map(|block| (key_of(block), *block)));
    let quarantine = Quarantine { max_strikes: 1, status: RecordingStatus::Failed };
    let (owner, lease) = ("test".to_owned(), Duration::from_mins(1));
    let claiming = Claiming { store: Arc::new(store.clone()), owner, lease, quarantine };
    World::new(store, source, Settings { claiming: Some(claiming), ..settings() })
}

fn unavailable() -> StoreError {
    let source = "https://project.supabase.co refused".into();
    StoreError::Unavailable { backend: "supabase", retry_after: None, source }
}

/// The run that an answer points to, once it has ended.
async fn ended(world: &World, answer: &Answer) -> Value {
    let id = answer.header("location").unwrap().strip_prefix("v1/runs/").unwrap();
    world.ended(&json!(id)).await
}

#[tokio::test]
async fn a_recording_is_accepted_in_the_words_that_callers_know_and_then_done() {
    let world = world(&[("12-00", "pending"), ("12-30", "pending")], settings());
    let mut gate = world.transcriber.hold("12-00");
    let answer = announce(&world, "12-00").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let words = format!(
        r#"{{"status":"accepted","message":"Processing started in background","device_id":"{DEVICE}","recorded_at":"{NOON}"}}"#
    );
    assert_eq!(answer.text, words);
    gate.reached().await;
    let twice = announce(&world, "12-00").await;
    assert_eq!(twice.header("location"), answer.header("location"), "one run");
    gate.open();
    assert_eq!(ended(&world, &answer).await["state"], "finished");
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
    assert_eq!(world.transcriber.heard(), ["12-00"]);
}

#[tokio::test]
async fn what_is_accepted_is_pending_before_the_answer_whatever_it_was() {
    for status in ["completed", "failed", "skipped"] {
        let world = world(&[("12-00", status)], settings());
        let mut gate = world.transcriber.hold("12-00");
        let answer = announce(&world, "12-00").await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"], "{status}");
        gate.reached().await;
        gate.open();
        ended(&world, &answer).await;
        assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
    }
}

#[tokio::test]
async fn a_row_is_found_by_its_device_and_time_too() {
    let world = world(&[("12-00", "failed")], settings());
    let answer = send(&world, "/async-process", &message("files/elsewhere.wav")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    ended(&world, &answer).await;
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
}

#[tokio::test]
async fn what_is_not_durable_is_503_and_starts_nothing() {
    let world = world(&[("12-00", "failed")], settings());
    let assert_refused = |answer: Answer, words: &str| {
        answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, words);
        assert_eq!(answer.header("retry-after"), Some("30"));
        assert!(!answer.text.contains("supabase.co"), "{answer:?}");
    };
    let unknown = json!({
        "file_path": key_of("13-00"), "device_id": DEVICE, "recorded_at": "2025-07-20T04:00:00Z"
    });
    assert_refused(send(&world, "/async-process", &unknown).await, "no row of `audio_files`");
    world.store.fail_reads(1, unavailable);
    assert_refused(announce(&world, "12-00").await, "supabase is unavailable");
    world.store.fail_marks(1, unavailable);
    assert_refused(announce(&world, "12-00").await, "supabase is unavailable");
    world.store.fail_reads(1, unavailable);
    assert_refused(reprocess(&world, &json!({})).await, "supabase is unavailable");
    assert_eq!(world.store.statuses(&key_of("12-00")), ["failed"]);
    assert_eq!(world.get("/v1/runs").await.json()["runs"], json!([]));
}

#[tokio::test]
async fn a_full_queue_is_503_for_a_message_and_told_to_who_reprocesses() {
    let limits = Limits { waiting_runs: 0, ..Limits::default() };
    let blocks = [("12-00", "pending"), ("12-30", "completed"), ("13-00", "failed")];
    let world = world(&blocks, Settings { limits, ..settings() });
    let mut gate = world.transcriber.hold("12-00");
    announce(&world, "12-00").await;
    gate.reached().await;
    let refused = announce(&world, "12-30").await;
    refused.assert_error(StatusCode::SERVICE_UNAVAILABLE, "waiting already");
    assert_eq!(refused.header("retry-after"), Some("60"));

    let answer = reprocess(&world, &json!({})).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::ACCEPTED, None));
    let body = answer.json();
    assert_eq!((&body["run"], &body["file_paths"]), (&Value::Null, &json!([key_of("13-00")])));
    assert!(body["message"].as_str().unwrap().contains("no run of them is started"), "{body}");
    assert_eq!(world.store.statuses(&key_of("13-00")), ["pending"]);
    gate.open();
}

#[tokio::test]
async fn nothing_is_accepted_while_the_service_shuts_down() {
    let world = world(&[("12-00", "failed")], settings());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    watchme_server::serve(listener, world.service.clone(), async {}).await.unwrap();
    for answer in [announce(&world, "12-00").await, reprocess(&world, &json!({})).await] {
        answer.assert_error(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_422_with_each_of_its_faults() {
    let world = world(&[], settings());
    for (body, places) in [
        (json!({}), vec!["file_path", "device_id", "recorded_at"]),
        (
            json!({ "file_path": "", "device_id": 1, "recorded_at": "noon" }),
            vec!["file_path", "device_id", "recorded_at"],
        ),
        (json!({ "file_path": "a", "device_id": "b" }), vec!["recorded_at"]),
    ] {
        let answer = send(&world, "/async-process", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let detail = answer.json()["detail"].clone();
        let told: Vec<_> = detail.as_array().unwrap().iter().map(|i| i["loc"][1].clone()).collect();
        assert_eq!(told, places);
    }
    for body in [
        json!({ "limit": 0 }),
        json!({ "limit": 101 }),
        json!({ "limit": "10" }),
        json!({ "limit": 1.5 }),
        json!({ "date": "20250720" }),
        json!({ "device_id": 1 }),
        json!([]),
    ] {
        let answer = reprocess(&world, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

#[tokio::test]
async fn what_was_given_up_is_done_again_as_one_run() {
    let world = strict_world(&["12-00", "12-30", "13-00"]);
    world.transcriber.fail_times(2, "", || TranscribeError::Damaged { reason: "cut".to_owned() });
    let day = world.start(&json!({ "device_id": DEVICE, "date": DAY })).await;
    world.ended(&day["id"]).await;
    let statuses = |block: &str| world.store.statuses(&key_of(block)).remove(0);
    assert_eq!(["12-00", "12-30", "13-00"].map(statuses), ["failed", "failed", "completed"]);

    let ask = json!({ "device_id": DEVICE, "date": DAY, "limit": 1.0 });
    let answer = reprocess(&world, &ask).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let body = answer.json();
    let run = ended(&world, &answer).await;
    assert_eq!(body["run"]["id"], run["id"]);
    let rest = json!({
        "status": "accepted", "message": "1 recording is pending again",
        "device_id": DEVICE, "date": DAY,
        "summary": { "reprocessed": 1, "left": 1 }, "file_paths": [key_of("12-00")],
        "run": body["run"],
    });
    assert_eq!(body, rest);
    assert_eq!(["12-00", "12-30", "13-00"].map(statuses), ["completed", "failed", "completed"]);
}

#[tokio::test]
async fn everything_may_be_left_out_and_nothing_to_do_is_200() {
    let world = world(&[("12-00", "failed"), ("12-30", "completed")], settings());
    let answer = world.send(request(Method::POST, "/reprocess-failed", "")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    ended(&world, &answer).await;
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
    let ask = json!({ "device_id": null, "date": null, "limit": null });
    let answer = reprocess(&world, &ask).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, None));
    let body = answer.json();
    assert_eq!((&body["status"], &body["run"]), (&json!("success"), &Value::Null));
    assert_eq!(body["summary"], json!({ "reprocessed": 0, "left": 0 }));
}
