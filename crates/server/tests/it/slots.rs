//! Explanations of slots.

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchme_core::RemovalReason;
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, settings};

fn path(block: &str) -> String {
    format!("/v1/devices/{DEVICE}/days/{DAY}/{block}")
}

/// A service that keeps a ledger. What is said at 12-30 is an invention.
fn keeping() -> World {
    let blocks = ["12-00", "12-30"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    let source = FakeSource::new(blocks.map(|block| (key_of(block), block)));
    let world = World::keeping_ledger(store, source, settings());
    world.transcriber.invent("12-30", RemovalReason::Loop);
    world
}

#[tokio::test]
async fn a_slot_is_explained_with_what_was_left_out_of_its_text() {
    let world = keeping();
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;
    let spoken = world.get(&path("12-00")).await.json();
    assert_eq!(spoken["text"], "12-00");
    assert_eq!(spoken["recordings"][0]["kept"]["finding"], "speech");

    let answer = world.get(&path("12-30")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!((&body["time_block"], &body["text"]), (&json!("12-30"), &json!("")));
    let kept = &body["recordings"][0]["kept"];
    assert_eq!(kept["finding"], "all_removed");
    let segment = &kept["segments"][0];
    assert_eq!(
        (&segment["text"], &segment["removed"]["reason"]),
        (&json!("12-30"), &json!("loop"))
    );

    let empty = world.get(&path("20-00")).await.json();
    assert_eq!((&empty["text"], &empty["recordings"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn without_a_ledger_a_slot_is_not_explained() {
    let without = World::of_blocks(&["12-00"]);
    without.get(&path("12-00")).await.assert_error(StatusCode::NOT_IMPLEMENTED, "no ledger");
    let world = keeping();
    world.store.remove_ledger();
    world.get(&path("12-00")).await.assert_error(StatusCode::NOT_IMPLEMENTED, "no ledger");
}

#[tokio::test]
async fn a_path_that_does_not_fit_is_refused() {
    let world = keeping();
    for odd in ["noon", "12:00", "24-00"] {
        let answer = world.get(&path(odd)).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "HH-MM");
    }
}
