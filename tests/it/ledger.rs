//! A run is explained afterwards, by the command line and by the service.

use serde_json::Value;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::binaries::project_file;
use crate::station::{Service, Station};
use crate::world::{World, end};

fn day_body() -> Value {
    serde_json::json!({ "device_id": DEVICE, "date": DAY })
}

#[tokio::test]
async fn a_run_of_the_service_is_explained_and_a_wrong_removal_undone_by_the_command_line() {
    let station = Station::new();
    let audio = std::fs::read(project_file("models/recordings/ja-02.wav")).unwrap();
    station.record("12-00", &audio).await;
    let mut server = station.command("watchme-server");
    server.env("WATCHME_LANGUAGE", "auto");
    let service = Service::start(server).await;
    let run = service.start_run(&day_body()).await.unwrap();
    service.follow(&run, "run_finished").await;

    let path = format!("/v1/devices/{DEVICE}/days/{DAY}/12-00");
    let explained = async || service.get(&path).await.json::<Value>().await.unwrap();
    let heard = explained().await;
    let text = heard["text"].as_str().unwrap().to_owned();
    assert!(!text.is_empty(), "{heard}");
    let shown = ["explain", DEVICE, DAY, "12-00", "--json"];
    let shown = end(station.command("watchme").args(shown)).await;
    assert_eq!(shown.json(), heard, "{shown:?}");

    // An earlier version took all of it for a loop.
    station.change(
        "UPDATE transcription_ledger_segments SET reason = 'loop';
         UPDATE vibe_whisper SET transcription = '';",
    );
    let removed = explained().await;
    assert_eq!(removed["recordings"][0]["kept"]["finding"], "all_removed", "{removed}");
    let again = ["reprocess", "--filter-only", "--device", DEVICE, "--date", DAY, "--json"];
    let again = end(station.command("watchme").args(again)).await;
    assert_eq!(again.json()["slots"][0]["outcome"], "revised", "{again:?}");
    assert_eq!(explained().await, heard, "as if it had never been removed");
}

#[tokio::test]
async fn a_project_without_a_ledger_is_warned_of_once_and_works_as_before() {
    let world = World::new().await;
    for (block, clip) in [("12-00", "ja-02"), ("12-30", "ja-03")] {
        world.record(block, &format!("models/recordings/{clip}.wav"));
    }
    let ended = world.watchme(&["transcribe", "--device", DEVICE, "--date", DAY]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(world.texts().len(), 2);
    let warnings = ended.stderr.lines().filter(|line| line.contains("transcription_ledger"));
    let warnings: Vec<_> = warnings.collect();
    assert_eq!(warnings.len(), 1, "{ended:?}");
    assert!(warnings[0].contains("supabase/migrations"), "{warnings:?}");

    let explained = world.watchme(&["explain", DEVICE, DAY, "12-00"]).await;
    assert_eq!(explained.code, 2, "{explained:?}");
    assert!(explained.stderr.contains("Supabase keeps no ledger"), "{explained:?}");
}
