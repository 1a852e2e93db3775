//! `watchme schedule` on the embedded store.

use std::fs;

use rusqlite::Connection;

use crate::sandbox::{Sandbox, models_dir};

/// Recordings of an hour ago and of the week before, in the order of their rows' times. The first
/// has speech.
fn recorded() -> Sandbox {
    let sandbox = Sandbox::with_model();
    let clip = fs::read(models_dir().join("recordings/ja-02.wav")).unwrap();
    sandbox.record("files/d1/2025-07-18/12-00/audio.wav", &clip);
    sandbox.record("files/d1/2025-07-18/23-30/audio.wav", &clip);
    sandbox.record("files/d2/2025-07-11/12-00/audio.wav", &clip);
    sandbox.run(&["import"]).expect(0);
    // The times of the rows follow the clock of this machine; the keys keep their hours.
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    for (key, ago) in [("12-00", 1), ("23-30", 2), ("2025-07-11", 24 * 7)] {
        let update = "UPDATE audio_files SET
            recorded_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?1),
            recorded_at_us = unixepoch('now', ?1) * 1000000
            WHERE file_path LIKE ?2 AND (device_id = 'd1' OR ?2 LIKE '%07-11%')";
        let ago = format!("-{ago} hours");
        assert_eq!(store.execute(update, [&ago, &format!("%/{key}/%")]).unwrap(), 1);
    }
    sandbox
}

fn pending(sandbox: &Sandbox) -> i64 {
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    let select = "SELECT count(*) FROM audio_files WHERE transcriptions_status = 'pending'";
    store.query_row(select, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_dry_run_says_what_is_due_and_does_nothing() {
    let sandbox = recorded().with("WATCHME_SKIP_HOURS", "23-05");
    let run = sandbox.run(&["schedule", "--dry-run"]).expect(0);
    assert_eq!(run.stdout, "d1 2025-07-18 12-00  files/d1/2025-07-18/12-00/audio.wav\n");
    let body = sandbox.run(&["schedule", "--dry-run", "--json"]).expect(0).json();
    assert_eq!(body["pending"], 3);
    assert_eq!(body["outside_period"], 1);
    assert_eq!(body["in_skipped_hours"], 1);
    assert_eq!(body["dates"], serde_json::json!(["2025-07-18"]));
    assert_eq!(body["due"][0]["time_block"], "12-00");
    assert_eq!(body.get("done"), None);
    assert_eq!(pending(&sandbox), 3);
}

#[test]
fn once_does_what_is_due_tells_it_and_ends() {
    let sandbox = recorded().with("WATCHME_SKIP_HOURS", "d1=23-05");
    let run = sandbox.run(&["schedule", "--once"]).expect(0);
    assert_eq!(run.stdout, "1 recording completed, 0 failed, 0 left to others or later\n");
    for line in [
        "schedule fires at ",
        "(Asia/Tokyo)",
        "period: ",
        "hours skipped: none; d1=23-05",
        "found 3 pending: 1 due, 1 outside the period, 1 in hours to skip, 0 unreadable",
        "dates: 2025-07-18; devices: d1",
        "schedule done: 1 completed, 0 failed",
    ] {
        assert!(run.stderr.contains(line), "`{line}` is not in {run:#?}");
    }
    assert_eq!(pending(&sandbox), 2);

    let sandbox = sandbox.with("WATCHME_LOOK_BACK_HOURS", "200");
    let body = sandbox.run(&["schedule", "--once", "--json"]).expect(0).json();
    assert_eq!(body["done"], serde_json::json!({"completed": 1, "failed": 0, "left": 0}));
    assert_eq!(body["devices"], serde_json::json!(["d2"]));
    assert_eq!(pending(&sandbox), 1);
}

#[test]
fn a_recording_that_fails_ends_once_with_1_and_is_left_while_it_backs_off() {
    let sandbox = recorded();
    sandbox.record("files/d1/2025-07-18/12-00/audio.wav", b"no audio at all");
    let run = sandbox.run(&["schedule", "--once"]).expect(1);
    assert_eq!(run.stdout, "1 recording completed, 1 failed, 0 left to others or later\n");
    let run = sandbox.run(&["schedule", "--once"]).expect(0);
    assert_eq!(run.stdout, "0 recordings completed, 0 failed, 1 left to others or later\n");
}

#[test]
fn without_a_schedule_it_says_which_setting_is_missing() {
    let run = Sandbox::with_model().run(&["schedule"]).expect(2);
    assert!(run.stderr.starts_with("error: no schedule is set\nhint: set `WATCHME_SCHEDULE`"));
    let run = Sandbox::with_model().with("WATCHME_SCHEDULE", "hourly").run(&["schedule"]).expect(2);
    assert!(run.stderr.contains("`WATCHME_SCHEDULE` is `hourly`"), "{run:#?}");
}
