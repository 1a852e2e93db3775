//! The commands that work on the embedded store.

use std::fs;

use rusqlite::Connection;

use crate::sandbox::{Sandbox, models_dir};

const DAY: [&str; 4] = ["--device", "d1", "--date", "2025-07-18"];

fn arguments<'a>(command: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    command.iter().chain(rest).copied().collect()
}

fn clip(name: &str) -> Vec<u8> {
    fs::read(models_dir().join("recordings").join(name)).unwrap()
}

/// A day with speech at 12:00, silence at 12:30 and a broken file at 13:00.
fn recorded_day() -> Sandbox {
    let sandbox = Sandbox::with_model();
    sandbox.record("files/d1/2025-07-18/12-00/audio.wav", &clip("ja-02.wav"));
    sandbox.record("files/d1/2025-07-18/12-30/audio.wav", &clip("silence.wav"));
    sandbox.record("files/d1/2025-07-18/13-00/audio.wav", b"no audio at all");
    sandbox.run(&["import"]).expect(0);
    sandbox
}

fn set_status(sandbox: &Sandbox, block: &str, status: &str) {
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    let update = "UPDATE audio_files SET transcriptions_status = ?1 WHERE file_path LIKE ?2";
    let changed = store.execute(update, [status, &format!("%/{block}/%")]).unwrap();
    assert_eq!(changed, 1);
}

fn states(sandbox: &Sandbox) -> Vec<String> {
    let body = sandbox.run(&arguments(&["status", "--json"], &DAY)).expect(0).json();
    let slots = body["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 48);
    let text = |slot: &serde_json::Value| {
        format!(
            "{} {} {}",
            slot["time_block"].as_str().unwrap(),
            slot["state"].as_str().unwrap(),
            slot["status"].as_str().or(slot["text"].as_str()).unwrap_or_default()
        )
    };
    slots.iter().filter(|slot| slot["state"] != "no_recording").map(text).collect()
}

#[test]
fn import_adds_a_row_once_at_the_local_time_of_its_key() {
    let sandbox = Sandbox::with_model();
    sandbox.record("files/d1/2025-07-18/00-10/audio.wav", b"a");
    sandbox.record("files/d1/2025-07-18/12-34-56/audio.wav", b"b");
    sandbox.record("files/d1/2025-07-18/12-34-56/audio.m4a", b"c");
    sandbox.record("files/d1/2025-07-18/12-30/notes.txt", b"not a recording");
    sandbox.record("files/d1/yesterday/12-30/audio.wav", b"no date");
    let run = sandbox.run(&["import"]).expect(0);
    assert_eq!(
        run.stdout,
        "files/d1/2025-07-18/00-10/audio.wav\n\
         files/d1/2025-07-18/12-34-56/audio.m4a\n\
         files/d1/2025-07-18/12-34-56/audio.wav\n"
    );
    assert!(run.stderr.contains("left out `files/d1/yesterday/12-30/audio.wav`"), "{run:#?}");
    assert!(run.stderr.contains("4 recordings below"), "{run:#?}");
    assert_eq!(sandbox.run(&["import", "--json"]).expect(0).json()["added"], serde_json::json!([]));

    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    let select = "SELECT recorded_at || ' ' || local_date || ' ' || time_block || ' ' || \
                  transcriptions_status FROM audio_files ORDER BY recorded_at";
    let rows: Vec<String> = store
        .prepare(select)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        rows,
        [
            "2025-07-17T15:10:00Z 2025-07-18 00-10 pending",
            "2025-07-18T03:34:56.001Z 2025-07-18 12-30 pending",
            "2025-07-18T03:34:56Z 2025-07-18 12-30 pending",
        ]
    );
}

#[test]
fn import_of_an_empty_folder_says_how_recordings_are_named() {
    let sandbox = Sandbox::with_model();
    let run = sandbox.run(&["import", "elsewhere"]).expect(2);
    assert!(run.stderr.contains("hint: they are named `files/{device}"), "{run:#?}");
    sandbox.record("files/d1/yesterday/12-30/audio.wav", b"no date");
    let run = sandbox.run(&["import"]).expect(2);
    assert!(run.stderr.contains("there are no recordings to import in"), "{run:#?}");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_day_is_transcribed_and_shown_and_a_failed_recording_ends_with_1() {
    let sandbox = recorded_day();
    let run = sandbox.run(&arguments(&["transcribe"], &DAY)).expect(1);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines[0], "d1 2025-07-18 12-00  text     会社に行きました。");
    assert_eq!(lines[1], "d1 2025-07-18 12-30  silent");
    assert!(lines[2].starts_with("d1 2025-07-18 13-00  failed   "), "{run:#?}");
    assert!(run.stderr.contains("2 completed, 0 missing, 1 failed; of 3 rows 0 were"), "{run:#?}");
    assert_eq!(
        states(&sandbox),
        ["12-00 text 会社に行きました。", "12-30 silent ", "13-00 waiting pending"]
    );

    let shown = sandbox.run(&arguments(&["status"], &DAY)).expect(0).stdout;
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "00-00  no recording, until 11-30 (24 slots)",
            "12-00  text          会社に行きました。",
            "12-30  silent",
        ]
    );
    assert!(lines[3].starts_with("13-00  waiting       until "), "{shown}");
    assert!(lines[3].contains(", attempt 2: unsupported audio"), "{shown}");
    assert_eq!(lines[4..], ["13-30  no recording, until 23-30 (21 slots)"]);
    let all = sandbox.run(&arguments(&["status", "--all"], &DAY)).expect(0).stdout;
    assert_eq!(all.lines().count(), 48);
}

#[test]
fn what_is_printed_as_json_is_the_answer_of_the_service() {
    let sandbox = recorded_day();
    let body = sandbox.run(&arguments(&["transcribe", "--json"], &DAY)).expect(1).json();
    assert_eq!(body["status"], "success");
    assert_eq!(body["summary"]["pending_processed"], 2);
    assert_eq!(body["error_details"][0]["file"], "files/d1/2025-07-18/13-00/audio.wav");

    let block = arguments(&["transcribe", "--json", "--blocks", "12-00,12-30"], &DAY);
    let body = sandbox.run(&block).expect(0).json();
    assert_eq!(body["time_blocks_requested"], serde_json::json!(["12-00", "12-30"]));

    let key = "files/d1/2025-07-18/12-00/audio.wav";
    let body = sandbox.run(&["transcribe", "--json", "--paths", key]).expect(0).json();
    assert_eq!(body["processed_files"], serde_json::json!([key]));
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let sandbox = recorded_day();
    let run = sandbox.run(&["transcribe", "--pending", "--dry-run"]).expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    assert!(run.stdout.starts_with("d1 2025-07-18 12-00  files/d1/2025-07-18/12-00/audio.wav\n"));
    assert!(run.stderr.contains("3 recordings would be transcribed"), "{run:#?}");
    let body = sandbox.run(&["transcribe", "--pending", "--dry-run", "--json"]).expect(0).json();
    assert_eq!(body["objects"].as_array().unwrap().len(), 3);
    assert!(states(&sandbox).iter().all(|state| state.ends_with("waiting pending")));
}

#[test]
fn a_missing_object_alone_ends_with_0_and_an_unknown_one_with_1() {
    let sandbox = Sandbox::with_model();
    let key = "files/d1/2025-07-18/12-00/audio.wav";
    sandbox.record(key, &clip("ja-02.wav"));
    sandbox.run(&["import"]).expect(0);
    fs::remove_file(sandbox.data("recordings").join(key)).unwrap();
    let run = sandbox.run(&["transcribe", "--pending"]).expect(0);
    assert!(run.stdout.contains("12-00  missing  "), "{run:#?}");
    assert!(run.stderr.contains("0 completed, 1 missing, 0 failed"), "{run:#?}");

    let run = sandbox.run(&["transcribe", "--paths", "files/d1/2025-07-18/15-00/audio.wav"]);
    assert!(run.expect(1).stdout.contains("no row of `audio_files` names this object"));
}

#[test]
fn a_model_that_is_not_allowed_is_refused_before_anything_is_done() {
    let sandbox = recorded_day();
    let run = sandbox.run(&["transcribe", "--pending", "--model", "large-v3"]).expect(2);
    assert_eq!(
        run.stderr,
        "error: the model `large-v3` is not allowed\n\
         hint: allowed are synth-tiny; `WATCHME_MODELS` sets them\n"
    );
}

#[test]
fn a_broken_model_is_refused_before_anything_is_claimed() {
    let sandbox = recorded_day().with("WATCHME_SCHEDULE", "10 * * * *");
    let whole = fs::read(models_dir().join("ggml-synth-tiny.bin")).unwrap();
    let model = sandbox.path("cut.bin");
    fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let sandbox = sandbox.with("WATCHME_MODELS", &model.display().to_string());
    for command in [
        vec!["transcribe", "--pending"],
        vec!["worker", "--once"],
        vec!["schedule", "--once"],
        vec!["schedule"],
        vec!["bench"],
    ] {
        let run = sandbox.run(&command).expect(2);
        assert!(run.stderr.contains("truncated"), "{command:?}: {run:#?}");
        assert_eq!(run.stdout, "", "{command:?}");
    }
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    let claims = "SELECT count(*) FROM transcription_claims";
    assert_eq!(store.query_row(claims, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_device_or_day_that_is_unknown_ends_with_2_and_what_is_near() {
    let sandbox = Sandbox::with_model();
    sandbox.record("files/living-room/2025-07-18/12-00/audio.wav", &clip("ja-02.wav"));
    sandbox.record("files/living-room/2025-07-22/12-00/audio.wav", &clip("ja-02.wav"));
    sandbox.record("files/kitchen/2025-07-18/12-00/audio.wav", &clip("ja-02.wav"));
    sandbox.run(&["import"]).expect(0);
    for (device, date, error, hint) in [
        (
            "livingroom",
            "2025-07-18",
            "the device `livingroom` is unknown: it has no recordings",
            "did you mean `living-room`?",
        ),
        (
            "garage",
            "2025-07-18",
            "the device `garage` is unknown: it has no recordings",
            "`watchme devices` lists all devices",
        ),
        (
            "living-room",
            "2025-07-19",
            "the device `living-room` has no recordings on 2025-07-19",
            "the nearest days with recordings are `2025-07-18` and `2025-07-22`",
        ),
        (
            "living-room",
            "2026-01-01",
            "the device `living-room` has no recordings on 2026-01-01",
            "the nearest day with recordings is `2025-07-22`",
        ),
    ] {
        let day = ["--device", device, "--date", date];
        for command in [
            arguments(&["status"], &day),
            arguments(&["status", "--json"], &day),
            arguments(&["transcribe"], &day),
            arguments(&["transcribe", "--dry-run"], &day),
            arguments(&["requeue"], &day),
            arguments(&["reprocess", "--filter-only"], &day),
            vec!["explain", device, date, "12-00"],
        ] {
            let run = sandbox.run(&command).expect(2);
            assert_eq!(run.stderr, format!("error: {error}\nhint: {hint}\n"), "{command:?}");
            assert_eq!(run.stdout, "", "{command:?}");
        }
    }
    // A known day without a recording in this half hour.
    sandbox.run(&["explain", "kitchen", "2025-07-18", "13-00"]).expect(0);
}

#[test]
fn what_did_nothing_ends_with_2() {
    let sandbox = recorded_day();
    let run = sandbox.run(&arguments(&["requeue"], &DAY)).expect(2);
    assert!(run.stderr.contains("3 rows with status `pending` left as is"), "{run:#?}");
    let key = "files/d1/2025-07-18/12-00/audio.wav";
    let run = sandbox.run(&["quarantine", "release", key]).expect(2);
    assert!(run.stderr.contains("none of these recordings is quarantined"), "{run:#?}");
    sandbox.run(&["quarantine", "release", "--all"]).expect(0);
    let run = sandbox.run(&arguments(&["reprocess", "--filter-only"], &DAY)).expect(2);
    assert!(run.stderr.contains("the ledger has nothing of `d1` on 2025-07-18"), "{run:#?}");
}

#[test]
fn the_zone_of_a_day_is_named() {
    let run = recorded_day().run(&arguments(&["status"], &DAY)).expect(0);
    assert_eq!(run.stderr, "d1 2025-07-18, times of Asia/Tokyo\n");
}

#[test]
fn requeue_sets_failed_and_stuck_rows_back_and_others_only_when_named() {
    let sandbox = recorded_day();
    set_status(&sandbox, "12-00", "failed");
    set_status(&sandbox, "12-30", "processing");
    set_status(&sandbox, "13-00", "completed");

    let dry = sandbox.run(&arguments(&["requeue", "--dry-run"], &DAY)).expect(0);
    assert!(dry.stderr.contains("2 rows would be pending again"), "{dry:#?}");
    let one = arguments(&["requeue", "--blocks", "12-00"], &DAY);
    let one = sandbox.run(&one).expect(0);
    assert_eq!(one.stdout, "files/d1/2025-07-18/12-00/audio.wav  failed\n");
    let rest = sandbox.run(&arguments(&["requeue", "--json"], &DAY)).expect(0);
    assert_eq!(rest.json()["requeued"][0]["status"], "processing");
    assert_eq!(rest.json()["requeued"].as_array().unwrap().len(), 1);
    assert!(rest.stderr.contains("1 row with status `completed` left as is"), "{rest:#?}");

    let key = "files/d1/2025-07-18/13-00/audio.wav";
    let named = sandbox.run(&["requeue", "--status", "completed", "--paths", key]).expect(0);
    assert!(named.stderr.contains("1 row are pending again"), "{named:#?}");
    assert_eq!(states(&sandbox).len(), 3);
    assert!(states(&sandbox).iter().all(|state| state.ends_with("waiting pending")));
}
