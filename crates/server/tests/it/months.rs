//! A device's month at a glance.

use axum::http::StatusCode;
use serde_json::json;
use watchme_core::StoreError;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::world::World;

fn path(month: &str) -> String {
    format!("/v1/devices/{DEVICE}/months/{month}")
}

#[tokio::test]
async fn a_month_has_all_its_days_with_their_counts() {
    let world = World::of_blocks(&["12-00", "12-30"]);
    world
        .ask(
            json!({ "device_id": DEVICE, "local_date": DAY, "time_blocks": ["12-00"] }).to_string(),
        )
        .await;
    let answer = world.get(&path("2025-07")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let body = answer.json();
    assert_eq!((&body["device_id"], &body["month"]), (&json!(DEVICE), &json!("2025-07")));
    let days = body["days"].as_array().unwrap();
    assert_eq!(days.len(), 31);
    let empty = |date: &str| json!({ "date": date, "text": 0, "silent": 0, "waiting": 0, "quarantined": 0 });
    assert_eq!(days[18], empty("2025-07-19"));
    let counts = json!({ "date": DAY, "text": 1, "silent": 0, "waiting": 1, "quarantined": 0 });
    assert_eq!(days[19], counts);

    let before = world.get(&path("2025-06")).await.json();
    assert_eq!(before["days"][29], empty("2025-06-30"));
    assert_eq!(before["days"].as_array().unwrap().len(), 30);
}

#[tokio::test]
async fn a_month_that_does_not_fit_or_cannot_be_read_is_told() {
    let world = World::of_blocks(&[]);
    for month in ["2025-13", "2025-7", "july"] {
        let answer = world.get(&path(month)).await;
        answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "path.month");
    }
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "supabase",
        retry_after: None,
        source: "https://project.supabase.co refused".into(),
    });
    let answer = world.get(&path("2025-07")).await;
    answer.assert_error(StatusCode::INTERNAL_SERVER_ERROR, "supabase is unavailable");
    assert!(!answer.text.contains("supabase.co"));
}
