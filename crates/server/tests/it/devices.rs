//! Answers from the claims of the store, which any machine can give.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchme_core::{
    Claim, ClaimOrder, ClaimRequest, ClaimScope, ClaimStore, Claiming, FailedAttempt, Failure,
    FailureKind, Quarantine, RecordingStatus, StoreError,
};
use watchme_server::Settings;
use watchme_testkit::sample::{DAY, DEVICE, key_of, object_key};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, settings};

const HOUR: Duration = Duration::from_hours(1);

fn quarantine() -> Quarantine {
    Quarantine { max_strikes: 1, status: RecordingStatus::Failed }
}

/// A service that shares `store` with others, and has worked on nothing yet.
fn sharing(store: &FakeStore) -> World {
    let settings = Settings { claiming: Some(claiming(store)), ..settings() };
    World::new(store.clone(), FakeSource::new([(key_of("12-00"), "a")]), settings)
}

fn claiming(store: &FakeStore) -> Claiming {
    Claiming {
        store: Arc::new(store.clone()),
        owner: "this-machine".to_owned(),
        lease: HOUR,
        // Others may have given up earlier.
        quarantine: Quarantine { max_strikes: 5, ..quarantine() },
    }
}

/// Another machine claims the recording of `block`.
async fn claim_elsewhere(store: &FakeStore, block: &str, lease: Duration) -> Claim {
    let request = ClaimRequest {
        owner: "another-machine".to_owned(),
        lease,
        limit: 1,
        scope: ClaimScope::Object(object_key(&key_of(block))),
        order: ClaimOrder::default(),
        quarantine: quarantine(),
    };
    store.claim(&request).await.unwrap().pop().unwrap()
}

async fn fail_elsewhere(store: &FakeStore, block: &str, counts: bool) {
    let claim = claim_elsewhere(store, block, HOUR).await;
    let attempt = FailedAttempt {
        failure: Failure { kind: FailureKind::DamagedAudio, reason: "cut off".to_owned() },
        retry_after: HOUR,
        counts,
        quarantine: quarantine(),
    };
    store.fail(&claim.ticket, &attempt).await.unwrap();
}

fn slot<'a>(body: &'a Value, block: &str) -> &'a Value {
    let mut slots = body["slots"].as_array().unwrap().iter();
    slots.find(|slot| slot["time_block"] == block).unwrap()
}

async fn day(world: &World) -> Value {
    let answer = world.get(&format!("/v1/devices/{DEVICE}/days/{DAY}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn a_day_tells_what_other_machines_do_and_did() {
    let blocks = ["12-00", "12-30", "13-00", "13-30", "14-00"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    claim_elsewhere(&store, "12-00", HOUR).await;
    claim_elsewhere(&store, "12-30", Duration::ZERO).await;
    fail_elsewhere(&store, "13-00", false).await;
    fail_elsewhere(&store, "13-30", true).await;
    let world = sharing(&store);

    let body = day(&world).await;
    for (block, phase, reason, (is_leased, is_dated)) in [
        ("12-00", "running", Value::Null, (true, false)),
        ("12-30", "due", Value::Null, (false, false)),
        ("13-00", "backing_off", json!("cut off"), (false, true)),
        ("13-30", "quarantined", json!("cut off"), (false, false)),
    ] {
        let slot = slot(&body, block);
        let work = &slot["work"];
        assert_eq!((&slot["state"], &slot["reason"]), (&json!("waiting"), &reason), "{block}");
        assert_eq!(
            (&work["phase"], &work["worker"], &work["file"]),
            (&json!(phase), &json!("another-machine"), &json!(key_of(block)))
        );
        assert_eq!(
            (work["lease_until"].is_string(), work["next_attempt"].is_string()),
            (is_leased, is_dated),
            "{work}"
        );
    }
    assert_eq!(slot(&body, "13-30")["status"], "failed");
    assert_eq!(slot(&body, "14-00")["work"], Value::Null);
}

#[tokio::test]
async fn a_completed_slot_says_when_it_was_done() {
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = sharing(&store);
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;
    let body = day(&world).await;
    let slot = slot(&body, "12-00");
    let (state, work) = (&slot["state"], &slot["work"]);
    assert_eq!((state, &work["phase"]), (&json!("text"), &json!("ended")));
    assert_eq!(work["worker"], "this-machine");
    assert!(work["claimed_at"].is_string() && work["finished_at"].is_string(), "{work}");
}

#[tokio::test]
async fn a_store_without_claims_has_days_and_says_how_it_gets_devices() {
    let store = FakeStore::new(["12-00", "12-30"].map(RecordingSeed::at));
    store.remove_claims();
    let world = sharing(&store);
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;
    let body = day(&world).await;
    assert_eq!(slot(&body, "12-00")["state"], "text");
    let missing = slot(&body, "12-30");
    assert_eq!(missing["work"], Value::Null);
    assert!(missing["reason"].as_str().unwrap().contains("no object"), "{missing}");

    let answer = world.get("/v1/devices").await;
    answer.assert_error(StatusCode::NOT_IMPLEMENTED, "no table of claims; add them");
    let answer = World::of_blocks(&[]).get("/v1/devices").await;
    answer.assert_error(StatusCode::NOT_IMPLEMENTED, "keeps no claims");
}

#[tokio::test]
async fn devices_are_listed_with_their_backlog() {
    let store = FakeStore::new([
        RecordingSeed::at("12-00"),
        RecordingSeed::at("12-30"),
        RecordingSeed::at("13-00"),
        RecordingSeed::at("13-30").of("a").in_status("completed"),
    ]);
    fail_elsewhere(&store, "12-00", true).await;
    let world = sharing(&store);
    let answer = world.get("/v1/devices").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.json(),
        json!({ "devices": [
            {
                "device_id": "a",
                "recordings": 1,
                "last_recorded_at": "2025-07-20T04:30:00.000Z",
                "pending": 0,
                "oldest_pending": null,
                "quarantined": 0
            },
            {
                "device_id": DEVICE,
                "recordings": 3,
                "last_recorded_at": "2025-07-20T04:00:00.000Z",
                "pending": 2,
                "oldest_pending": "2025-07-20T03:30:00.000Z",
                "quarantined": 1
            }
        ]})
    );
    let slash = world.get("/v1/devices/").await;
    assert_eq!(slash.status, StatusCode::TEMPORARY_REDIRECT);
}

#[tokio::test]
async fn claims_that_cannot_be_read_are_500_and_name_no_host() {
    let store = FakeStore::new([RecordingSeed::at("12-00")]);
    let world = sharing(&store);
    for path in ["/v1/devices".to_owned(), format!("/v1/devices/{DEVICE}/days/{DAY}")] {
        store.fail_claims(1, || StoreError::Unavailable {
            backend: "supabase",
            retry_after: None,
            source: "https://project.supabase.co refused".into(),
        });
        let answer = world.get(&path).await;
        answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "supabase is unavailable");
        assert!(!answer.text.contains("supabase.co"));
    }
}

#[tokio::test]
async fn a_device_without_recordings_is_unknown_where_the_store_lists_devices() {
    let store = FakeStore::new(["12-00"].map(RecordingSeed::at));
    let source = FakeSource::new::<String, String>([]);
    let settings = Settings { claiming: Some(claiming(&store)), ..settings() };
    let world = World::keeping_ledger(store, source, settings);
    let near = &DEVICE[..DEVICE.len() - 1];
    for (device, hint) in
        [(near, format!("did you mean `{DEVICE}`?")), ("x", "/v1/devices".to_owned())]
    {
        let days = format!("/v1/devices/{device}/days/{DAY}");
        let month = format!("/v1/devices/{device}/months/{}", &DAY[..7]);
        for path in [&days, &format!("{days}/12-00"), &format!("{days}/export?format=txt"), &month]
        {
            world.get(path).await.assert_error(StatusCode::NOT_FOUND, &hint);
        }
    }
    // A day without recordings is normal.
    for path in [
        format!("/v1/devices/{DEVICE}/days/2024-01-01"),
        format!("/v1/devices/{DEVICE}/months/2024-01"),
    ] {
        assert_eq!(world.get(&path).await.status, StatusCode::OK, "{path}");
    }
}
