//! The replaced service's own examples, through the real service.

use serde_json::{Value, json};
use watchme_testkit::RecordingSeed;
use watchme_testkit::sample::{DAY, DEVICE, key_of};

use crate::binaries::project_file;
use crate::world::World;

#[tokio::test]
async fn a_day_of_wav_m4a_and_flac_is_transcribed_saved_and_marked() {
    let world = World::new().await;
    world.record("12-00", "models/recordings/ja-02.wav");
    world.record("12-30", "tests/fixtures/ja-05.m4a");
    world.record("13-00", "tests/fixtures/ja-07.flac");
    world.record("13-30", "models/recordings/silence.wav");
    let server = world.serve().await;

    let (status, body) = server.fetch_and_transcribe().await;

    assert_eq!(status, 200, "{body}");
    assert_eq!(body["summary"], summary(4, 0, 4, 0));
    assert_eq!(body["processed_time_blocks"], json!(["12-00", "12-30", "13-00", "13-30"]));
    let texts = [
        ("12-00", manifest_text("ja-02.wav")),
        ("12-30", manifest_text("ja-05.wav")),
        ("13-00", manifest_text("ja-07.wav")),
        ("13-30", String::new()),
    ];
    assert_eq!(world.texts(), texts.map(|(block, text)| (block.to_owned(), text)));
    for block in ["12-00", "12-30", "13-00", "13-30"] {
        assert_eq!(world.status(block), ["completed"], "{block}");
    }
}

#[tokio::test]
async fn four_pending_of_six_are_done_and_then_nothing_is_left() {
    let world = World::new().await;
    for block in ["09-00", "09-30"] {
        world.postgrest.insert_recording(&RecordingSeed::at(block).in_status("completed"));
    }
    for (block, clip) in [("12-00", "02"), ("12-30", "03"), ("13-00", "05"), ("13-30", "07")] {
        world.record(block, &format!("models/recordings/ja-{clip}.wav"));
    }
    let server = world.serve().await;

    let (_, first) = server.fetch_and_transcribe().await;
    let (_, again) = server.fetch_and_transcribe().await;

    assert_eq!(first["status"], "success");
    assert_eq!(first["device_id"], DEVICE);
    assert_eq!(first["date"], DAY);
    assert_eq!(first["summary"], summary(6, 2, 4, 0));
    assert_eq!(first["processed_files"], json!(["12-00", "12-30", "13-00", "13-30"].map(key_of)),);
    assert_eq!(first["error_files"], Value::Null);
    assert_eq!(first["message"], "pendingステータスの4件中4件を正常に処理しました");
    assert_eq!(again["summary"], summary(6, 6, 0, 0));
    assert_eq!(again["message"], "処理対象となる音声ファイルがありません（全6件中6件が処理済み）");
}

/// Until July 2025 `recorded_at` was the wall clock labelled UTC; since then it is the instant.
#[tokio::test]
async fn early_and_morning_recordings_are_of_their_own_tokyo_day_in_both_eras() {
    let world = World::new().await;
    let clip = std::fs::read(project_file("models/recordings/ja-02.wav")).unwrap();
    let old = [format!("{DAY}T00:10:00+00:00"), format!("{DAY}T08:40:00+00:00")];
    let new = [format!("{DAY}T00:10:00.123+09:00"), format!("{DAY}T08:40:00.456+09:00")];
    for (device, times) in [("old", &old), ("new", &new)] {
        for (time, block) in times.iter().zip(["00-00", "08-30"]) {
            let key = format!("files/{device}/{DAY}/{block}/audio.wav");
            world.record_row(&RecordingSeed::new(time, key).of(device), &clip);
        }
    }

    for device in ["old", "new"] {
        let arguments = ["transcribe", "--device", device, "--date", DAY];
        assert_eq!(world.watchme(&arguments).await.code, 0, "{device}");
    }

    let mut filed: Vec<_> = world.postgrest.transcripts();
    filed.sort();
    let filed: Vec<_> =
        filed.iter().map(|(device, date, block, _)| (&**device, &**date, &**block)).collect();
    let expected = [
        ("new", DAY, "00-00"),
        ("new", DAY, "08-30"),
        ("old", DAY, "00-00"),
        ("old", DAY, "08-30"),
    ];
    assert_eq!(filed, expected);
}

fn summary(total: u32, already: u32, processed: u32, errors: u32) -> Value {
    json!({
        "total_files": total,
        "already_completed": already,
        "pending_processed": processed,
        "errors": errors,
    })
}

/// Returns the words of one of the shipped recordings.
fn manifest_text(file: &str) -> String {
    let manifest = std::fs::read(project_file("models/recordings/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let entries = manifest.as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["file"] == file).unwrap();
    entry["text"].as_str().unwrap().to_owned()
}
