//! Texts are explained, and filtered again by other rules without transcribing.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox, models_dir};

const SLOT: [&str; 3] = ["d1", "2025-07-18", "12-00"];
const DAY: [&str; 4] = ["--device", "d1", "--date", "2025-07-18"];
const SPOKEN: &str = "会社に行きました。";

/// A day with speech in one half hour, silence in the next, and a recording that waits.
fn transcribed_day() -> Sandbox {
    let sandbox = Sandbox::with_model();
    let clip = |name: &str| fs::read(models_dir().join("recordings").join(name)).unwrap();
    sandbox.record("files/d1/2025-07-18/12-00/audio.wav", &clip("ja-02.wav"));
    sandbox.record("files/d1/2025-07-18/12-30/audio.wav", &clip("silence.wav"));
    sandbox.record("files/d1/2025-07-18/13-00/audio.wav", b"no audio at all");
    sandbox.run(&["import"]).expect(0);
    sandbox.run(&["transcribe", "--pending"]).expect(1);
    sandbox
}

fn explain(sandbox: &Sandbox, block: &str) -> Value {
    sandbox.run(&["explain", "d1", "2025-07-18", block, "--json"]).expect(0).json()
}

fn refilter(sandbox: &Sandbox, more: &[&str]) -> Run {
    let arguments: Vec<&str> =
        ["reprocess", "--filter-only"].into_iter().chain(DAY).chain(more.iter().copied()).collect();
    sandbox.run(&arguments).expect(0)
}

/// Changes the kept segments, as if an earlier version had filtered them differently.
fn change(sandbox: &Sandbox, statement: &str) {
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    assert_eq!(store.execute(statement, []).unwrap(), 1, "{statement}");
}

#[test]
fn a_slot_is_explained_with_its_recordings_segments_and_sound() {
    let sandbox = transcribed_day();
    let body = explain(&sandbox, "12-00");
    assert_eq!(body["text"], SPOKEN);
    let recording = &body["recordings"][0];
    assert_eq!(recording["file"], "files/d1/2025-07-18/12-00/audio.wav");
    assert_eq!(recording["status"], "completed");
    let kept = &recording["kept"];
    assert_eq!((&kept["finding"], &kept["model"]), (&json!("speech"), &json!("synth-tiny")));
    assert_eq!(kept["segments"][0]["text"].as_str().map(str::trim), Some(SPOKEN));
    assert_eq!(kept["segments"][0]["removed"], Value::Null);
    assert!(kept["sound"]["loudest_second"].as_f64().unwrap() > 0.0025, "{kept}");

    let arguments: Vec<&str> = ["explain"].into_iter().chain(SLOT).collect();
    let shown = sandbox.run(&arguments).expect(0).stdout;
    assert!(shown.starts_with(&format!("d1 2025-07-18 12-00  {SPOKEN}\n")), "{shown}");
    assert!(shown.contains("model synth-tiny, ja, at "), "{shown}");
}

#[test]
fn an_empty_text_and_a_slot_without_one_are_explained() {
    let sandbox = transcribed_day();
    let silent = explain(&sandbox, "12-30");
    assert_eq!(
        (&silent["text"], &silent["recordings"][0]["kept"]["finding"]),
        (&json!(""), &json!("too_quiet"))
    );
    let shown = sandbox.run(&["explain", "d1", "2025-07-18", "12-30"]).expect(0).stdout;
    assert!(shown.contains("  nothing louder than 0.0"), "{shown}");

    let waiting = explain(&sandbox, "13-00");
    assert_eq!((&waiting["text"], &waiting["recordings"][0]["kept"]), (&Value::Null, &Value::Null));
    let nothing = sandbox.run(&["explain", "d1", "2025-07-18", "20-00"]).expect(0).stdout;
    assert!(nothing.contains("no recording"), "{nothing}");
}

#[test]
fn a_removal_that_was_wrong_is_undone_and_the_text_comes_back() {
    let sandbox = transcribed_day();
    change(&sandbox, "UPDATE transcription_ledger_segments SET reason = 'loop'");
    change(&sandbox, "UPDATE vibe_whisper SET transcription = '' WHERE time_block = '12-00'");
    let body = explain(&sandbox, "12-00");
    let kept = &body["recordings"][0]["kept"];
    assert_eq!(kept["finding"], "all_removed");
    assert_eq!(kept["explanation"], "all of it was removed: 1 × says the same over and over");
    assert_eq!(kept["segments"][0]["removed"]["reason"], "loop");

    let dry = refilter(&sandbox, &["--dry-run"]);
    assert!(dry.stdout.contains("given back, was left out for `loop`: 会社"), "{dry:#?}");
    assert!(dry.stderr.contains("1 text would be saved anew, of 2 kept slots"), "{dry:#?}");
    assert_eq!(explain(&sandbox, "12-00")["text"], "");

    let elsewhere = refilter(&sandbox, &["--blocks", "12-30"]);
    assert!(elsewhere.stderr.contains("0 texts saved anew, of 1 kept slot"), "{elsewhere:#?}");
    let done = refilter(&sandbox, &[]);
    assert!(done.stdout.starts_with("d1 2025-07-18 12-00  saved anew\n"), "{done:#?}");
    let body = explain(&sandbox, "12-00");
    assert_eq!(body["text"], SPOKEN);
    assert_eq!(body["recordings"][0]["kept"]["segments"][0]["removed"], Value::Null);
    let again = refilter(&sandbox, &["--json"]).json();
    assert!(again["slots"].as_array().unwrap().iter().all(|slot| slot["outcome"] == "unchanged"));
}

#[test]
fn a_loop_that_an_earlier_version_let_through_is_removed() {
    let sandbox = transcribed_day();
    let looped = "スタッフの上に、".repeat(20);
    for statement in [
        format!("UPDATE transcription_ledger_segments SET text = '{looped}'"),
        format!("UPDATE vibe_whisper SET transcription = '{looped}' WHERE time_block = '12-00'"),
    ] {
        change(&sandbox, &statement);
    }
    let body = refilter(&sandbox, &["--json"]).json();
    assert_eq!(body["slots"][0]["outcome"], "revised", "{body}");
    assert_eq!(body["slots"][0]["changes"][0]["after"], "loop", "{body}");
    let body = explain(&sandbox, "12-00");
    assert_eq!(body["text"], "");
    let segment = &body["recordings"][0]["kept"]["segments"][0];
    assert_eq!((&segment["text"], &segment["removed"]["reason"]), (&json!(looped), &json!("loop")));
}

#[test]
fn a_text_of_somebody_else_is_left_alone() {
    let sandbox = transcribed_day();
    change(&sandbox, "UPDATE transcription_ledger_segments SET reason = 'no_speech'");
    let left = refilter(&sandbox, &[]);
    assert!(left.stdout.contains("left alone: its text is not of what is kept"), "{left:#?}");
    assert_eq!(explain(&sandbox, "12-00")["text"], SPOKEN);
}

#[test]
fn reprocessing_without_saying_how_or_what_is_refused() {
    let sandbox = Sandbox::new();
    for arguments in [&["reprocess", "--filter-only"][..], &["reprocess", "--device", "d1"]] {
        sandbox.run(arguments).expect(2);
    }
}
