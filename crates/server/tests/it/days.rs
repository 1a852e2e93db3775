//! A device's day, slot by slot.

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchme_core::StoreError;
use watchme_server::Settings;
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, settings};

fn path() -> String {
    format!("/v1/devices/{DEVICE}/days/{DAY}")
}

fn slot<'a>(body: &'a Value, block: &str) -> &'a Value {
    let mut slots = body["slots"].as_array().unwrap().iter();
    slots.find(|slot| slot["time_block"] == block).unwrap()
}

#[tokio::test]
async fn a_day_has_its_48_slots_with_text_and_with_what_went_wrong() {
    let store = FakeStore::new(["12-00", "12-30", "13-00"].map(RecordingSeed::at));
    let source = FakeSource::new([(key_of("12-00"), "おはよう"), (key_of("12-30"), "")]);
    let world = World::new(store, source, Settings { ..settings() });

    let before = world.get(&path()).await.json();
    assert_eq!(slot(&before, "13-00")["reason"], Value::Null);
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;

    let answer = world.get(&path()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!((&body["device_id"], &body["date"]), (&json!(DEVICE), &json!(DAY)));
    assert_eq!(body["slots"].as_array().unwrap().len(), 48);
    let expected = |state: &str, status: Value, text: Value| (json!(state), status, text);
    for (block, (state, status, text)) in [
        ("12-00", expected("text", Value::Null, json!("おはよう"))),
        ("12-30", expected("silent", Value::Null, Value::Null)),
        ("13-00", expected("waiting", json!("pending"), Value::Null)),
        ("13-30", expected("no_recording", Value::Null, Value::Null)),
    ] {
        let slot = slot(&body, block);
        assert_eq!((&slot["state"], &slot["status"], &slot["text"]), (&state, &status, &text));
    }
    assert!(slot(&body, "13-00")["reason"].as_str().unwrap().contains("no object"), "{body}");
    assert_eq!(slot(&body, "12-00")["reason"], Value::Null);
}

#[tokio::test]
async fn a_day_of_a_device_that_nobody_knows_is_empty() {
    let world = World::of_blocks(&["12-00"]);
    let body = world.get(&format!("/v1/devices/%E9%8D%B5%2F1/days/{DAY}")).await.json();
    assert_eq!(body["device_id"], "鍵/1");
    let slots = body["slots"].as_array().unwrap();
    assert!(slots.len() == 48 && slots.iter().all(|slot| slot["state"] == "no_recording"));
}

#[tokio::test]
async fn a_path_that_does_not_fit_is_told_where() {
    let world = World::of_blocks(&[]);
    for date in ["2025-02-30", "20250718", "today"] {
        let answer = world.get(&format!("/v1/devices/{DEVICE}/days/{date}")).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "path.date");
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["path", "date"]));
    }
    let answer = world.get(&format!("/v1/devices/a%00b/days/{DAY}")).await;
    answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "path.id");
    assert!(world.store.operations().is_empty());
}

#[tokio::test]
async fn a_day_that_cannot_be_read_is_500_and_names_no_host() {
    let world = World::of_blocks(&[]);
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "supabase",
        retry_after: None,
        source: "https://project.supabase.co refused".into(),
    });
    let answer = world.get(&path()).await;
    answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "supabase is unavailable");
    assert!(!answer.text.contains("supabase.co"));
}
