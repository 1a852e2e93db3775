//! A start, and a day that is done, load no model, fetch no audio and ask nothing twice.

use serde_json::Value;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::station::Service;
use crate::world::World;

/// Message that is logged when a model is loaded.
const LOADED: &str = "model loaded";

/// Asks a new service for the sample day; returns its answer, its requests to the database
/// meanwhile, and its log.
async fn ask_for_the_day(world: &World) -> (Value, Vec<String>, Vec<String>) {
    let mut command = world.command("watchme-server");
    command.env("WATCHME_BIND", "127.0.0.1:0").env("WATCHME_LOG_FORMAT", "json");
    let service = Service::start(command).await;
    assert_eq!(service.get("/ready").await.status(), 200);
    world.postgrest.clear_requests();
    let body = serde_json::json!({ "device_id": DEVICE, "date": DAY });
    let answer = service.post("/fetch-and-transcribe", &body).await;
    assert_eq!(answer.status(), 200);
    let answer = answer.json().await.unwrap();
    let asked = world.postgrest.requests().into_iter();
    let asked = asked.map(|request| format!("{} {}", request.method, request.path)).collect();
    service.terminate();
    let (code, log) = service.ended().await;
    assert_eq!(code, Some(0), "{log:#?}");
    (answer, asked, log)
}

fn loads(log: &[String]) -> usize {
    log.iter().filter(|line| line.contains(LOADED)).count()
}

#[tokio::test]
async fn a_start_and_a_day_that_is_done_load_no_model_and_read_the_rows_once() {
    let world = World::new().await;
    for block in ["12-00", "12-30"] {
        world.record(block, "models/recordings/ja-02.wav");
    }
    // With work to do the model is loaded, so the log would show it.
    let (answer, _, log) = ask_for_the_day(&world).await;
    assert_eq!(answer["summary"]["pending_processed"], 2, "{answer}");
    assert_eq!(loads(&log), 1, "{log:#?}");

    let (answer, asked, log) = ask_for_the_day(&world).await;
    assert_eq!(answer["summary"]["already_completed"], 2, "{answer}");
    assert_eq!(asked, ["GET /rest/v1/audio_files"]);
    assert_eq!(loads(&log), 0, "{log:#?}");
}
