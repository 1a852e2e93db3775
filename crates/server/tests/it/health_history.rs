//! The health of the service over time.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use watchme_core::{Claiming, Quarantine, RecordingStatus, TranscribeError};
use watchme_server::{Settings, serve};
use watchme_testkit::sample::{DAY, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::events::day;
use crate::world::{World, settings};

/// A service that shares its store with others, with a recording, a damaged one and a missing one.
/// Figures of the store are reused for `backlog_for`.
fn world(backlog_for: Duration) -> World {
    let store = FakeStore::new(["12-00", "12-30", "13-00"].map(RecordingSeed::at));
    let claiming = Claiming {
        store: Arc::new(store.clone()),
        owner: "test".to_owned(),
        lease: Duration::from_mins(1),
        quarantine: Quarantine { max_strikes: 5, status: RecordingStatus::Failed },
    };
    let limits = watchme_server::Limits { backlog_for, ..settings().limits };
    let settings = Settings { claiming: Some(claiming), limits, ..settings() };
    let spoken = [("12-00", "a"), ("12-30", "damaged")];
    let source = FakeSource::new(spoken.map(|(block, text)| (key_of(block), text)));
    let world = World::new(store, source, settings);
    let damage = || TranscribeError::Damaged { reason: "on purpose".into() };
    world.transcriber.fail("damaged", damage);
    world
}

async fn told(world: &World) -> Value {
    let answer = world.get("/v1/health/history").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

/// Adds up all buckets.
fn sum(body: &Value, key: &str) -> f64 {
    let buckets = body["buckets"].as_array().unwrap().iter();
    buckets.map(|bucket| bucket[key].as_f64().unwrap()).sum()
}

#[tokio::test]
async fn what_is_done_is_counted_and_what_waits_is_asked_of_the_store() {
    let world = world(Duration::ZERO);
    let before = told(&world).await;
    assert_eq!(before["bucket_seconds"], 300);
    assert_eq!((&before["model"], &before["models"]), (&json!("base"), &json!(["base"])));
    assert_eq!(before["threads"], 1);
    assert_eq!(before["queue"], json!({ "waiting": 0, "running": 0 }));
    assert_eq!((&before["backlog"], sum(&before, "recordings")), (&json!(3), 0.0));
    assert!(before["oldest_pending"].as_str().unwrap().starts_with(DAY));
    assert!(before["started_at"].as_str().unwrap().ends_with('Z'));
    let memory = &before["memory"];
    let (resident, limit) = (memory["resident_bytes"].as_u64(), memory["limit_bytes"].as_u64());
    assert!(resident.unwrap() > 1_000_000 && resident < limit, "{memory}");

    let run = world.start(&day()).await;
    world.ended(&run["id"]).await;
    let after = told(&world).await;
    // What is missing did not fail.
    assert_eq!((sum(&after, "recordings"), sum(&after, "failed")), (1.0, 1.0));
    assert!(sum(&after, "audio_seconds") > 0.0 && sum(&after, "speech_seconds") > 0.0);
    assert!(sum(&after, "work_seconds") >= 0.0);
    assert_eq!(after["backlog"], 2);
    let latest = after["buckets"].as_array().unwrap().last().unwrap();
    assert_eq!(latest["backlog"], 2);
    assert!(latest["resident_bytes"].as_u64().unwrap() > 1_000_000);
}

#[tokio::test]
async fn a_store_that_does_not_tell_has_no_backlog() {
    let world = world(Duration::ZERO);
    assert_eq!(told(&world).await["backlog"], 3);
    world.store.remove_claims();
    let body = told(&world).await;
    assert_eq!((&body["backlog"], &body["oldest_pending"]), (&Value::Null, &Value::Null));
    let alone = told(&World::of_blocks(&["12-00"])).await;
    assert_eq!(alone["backlog"], Value::Null);
}

#[tokio::test]
async fn the_settings_bound_the_memory() {
    let settings = Settings { memory_limit_bytes: Some(1), ..settings() };
    let source = FakeSource::new::<String, String>([]);
    let world = World::new(FakeStore::new([]), source, settings);
    assert_eq!(told(&world).await["memory"]["limit_bytes"], 1);
}

#[tokio::test]
async fn it_is_looked_at_without_being_asked() {
    let world = world(Duration::from_hours(1));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let served = tokio::spawn(serve(listener, world.service.clone(), std::future::pending()));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap();
    let run = world.start(&day()).await;
    world.ended(&run["id"]).await;
    // The store was asked before the run, and what it said still counts.
    assert_eq!(told(&world).await["backlog"], 3);
    served.abort();
}
