//! Costs of a month.

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchme_app::CostSettings;
use watchme_server::Settings;
use watchme_testkit::sample::{DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, FakeStore, RecordingSeed};

use crate::world::{World, settings};

/// A service that keeps a ledger, on a machine of this price, and has transcribed four minutes.
async fn transcribed(hourly_price: Option<f64>) -> World {
    let blocks = ["12-00", "12-30", "13-00", "13-30"];
    let store = FakeStore::new(blocks.map(RecordingSeed::at));
    let source = FakeSource::new(blocks.map(|block| (key_of(block), block)));
    let costs = CostSettings { hourly_price, currency: "EUR".to_owned() };
    let world = World::keeping_ledger(store, source, Settings { costs, ..settings() });
    world.ask(json!({ "device_id": DEVICE, "date": DAY }).to_string()).await;
    world
}

#[tokio::test]
async fn a_month_has_its_hours_its_factors_and_its_money() {
    let world = transcribed(Some(1.5)).await;
    let answer = world.get("/v1/costs/2025-07").await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({
            "month": "2025-07",
            "recordings": 4,
            "audio_seconds": 240.0,
            "speech_seconds": 240.0,
            "work_seconds": 24.0,
            "cpu_seconds": 36.0,
            "rtf": { "p50": 0.1, "p95": 0.1 },
            "hourly_price": 1.5,
            "currency": "EUR",
            "cost": 0.01,
            "cost_per_audio_hour": 0.15,
            "unknown": 0
        })
    );
    let other = world.get("/v1/costs/2025-08").await.json();
    assert_eq!((&other["recordings"], &other["rtf"]), (&json!(0), &Value::Null));
    assert_eq!((&other["cost"], &other["cost_per_audio_hour"]), (&json!(0.0), &Value::Null));
}

#[tokio::test]
async fn without_a_price_there_is_no_money_and_without_a_ledger_nothing() {
    let world = transcribed(None).await;
    let body = world.get("/v1/costs/2025-07").await.json();
    assert_eq!(body["work_seconds"], 24.0);
    for key in ["hourly_price", "cost", "cost_per_audio_hour"] {
        assert_eq!(body[key], Value::Null, "{key}");
    }
    world.store.remove_ledger();
    let answer = world.get("/v1/costs/2025-07").await;
    answer.assert_error(StatusCode::NOT_IMPLEMENTED, "keeps no ledger");
    let without = World::of_blocks(&[]);
    let answer = without.get("/v1/costs/2025-07").await;
    answer.assert_error(StatusCode::NOT_IMPLEMENTED, "keeps no ledger");
    let answer = without.get("/v1/costs/2025-13").await;
    answer.assert_error(StatusCode::UNPROCESSABLE_ENTITY, "path.month");
}
