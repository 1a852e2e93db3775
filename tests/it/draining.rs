//! A service that is asked to stop, through the real binary.

use reqwest::StatusCode;
use serde_json::json;
use watchme_testkit::postgrest::Fault;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::binaries::project_file;
use crate::station::{Service, Station};
use crate::world::World;

/// Half an hour of speech: the engine has far more to do than a stop takes.
fn half_an_hour() -> Vec<u8> {
    let minute = std::fs::read(project_file("models/recordings/long-ja.wav")).unwrap();
    let (head, samples) = minute.split_at(44);
    let samples = samples.repeat(30);
    let length = u32::try_from(samples.len()).unwrap();
    // The lengths of a WAV file: of what follows, and of the samples.
    let mut file = head.to_vec();
    file[4..8].copy_from_slice(&(length + 36).to_le_bytes());
    file[40..44].copy_from_slice(&length.to_le_bytes());
    file.extend(samples);
    file
}

#[tokio::test]
async fn while_it_drains_it_is_alive_and_not_ready_and_then_ends_well() {
    let world = World::new().await;
    world.record("12-00", "models/recordings/ja-02.wav");
    let (hold, mut gate) = Fault::hold();
    world.postgrest.inject(hold.on("PATCH", "audio_files"));
    let mut command = world.command("watchme-server");
    command.env("WATCHME_BIND", "127.0.0.1:0").env("WATCHME_LOG_FORMAT", "json");
    let service = Service::start(command).await;
    let day = json!({ "device_id": DEVICE, "date": DAY });
    service.start_run(&day).await.unwrap();
    gate.reached().await;
    assert_eq!(service.get("/ready").await.status(), StatusCode::OK);

    service.terminate();
    // The signal arrives when it does.
    while service.get("/ready").await.status() != StatusCode::SERVICE_UNAVAILABLE {}

    assert_eq!(service.get("/health").await.status(), StatusCode::OK);
    assert_eq!(service.start_run(&day).await, Err(StatusCode::SERVICE_UNAVAILABLE));
    gate.open();
    let (code, log) = service.ended().await;
    assert_eq!(code, Some(0), "{log:#?}");
    assert_eq!(world.status("12-00"), ["completed"]);
}

#[tokio::test]
async fn what_the_grace_is_too_short_for_is_given_back_at_once() {
    let station = Station::new();
    station.record("12-00", &half_an_hour()).await;
    let mut command = station.command("watchme-server");
    // A lease that nobody could wait out here.
    command.env("WATCHME_LEASE_SECONDS", "3600").env("WATCHME_SHUTDOWN_GRACE_SECONDS", "0");
    let service = Service::start(command).await;
    let run = service.start_run(&json!({ "device_id": DEVICE, "date": DAY })).await.unwrap();
    let events = service.follow(&run, "recording_progress").await;
    assert!(events.contains("event: recording_progress\n"), "{events}");
    assert_eq!(station.claims(), ["claimed"]);

    service.terminate();

    let (code, log) = service.ended().await;
    assert_eq!(code, Some(0), "{log:#?}");
    assert_eq!(station.claims(), ["waiting"]);
    // Another one does it without waiting.
    let short = std::fs::read(project_file("models/recordings/ja-02.wav")).unwrap();
    station.record("12-00", &short).await;
    let mut worker = station.command("watchme");
    let ended = crate::world::end(worker.args(["worker", "--once", "--json"])).await;
    assert_eq!(ended.json()["completed"], 1, "{ended:?}");
    assert_eq!(station.claims(), ["completed"]);
}
