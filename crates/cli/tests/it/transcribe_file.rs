//! `watchme transcribe-file`: real recordings through the real engine, without a store.

use std::fs;
use std::path::PathBuf;

use crate::sandbox::{Sandbox, models_dir};

fn recording(name: &str) -> String {
    models_dir().join("recordings").join(name).display().to_string()
}

fn model() -> String {
    models_dir().join("ggml-synth-tiny.bin").display().to_string()
}

#[test]
fn text_is_printed_in_the_order_of_the_files() {
    let (model, ja, en) = (model(), recording("ja-02.wav"), recording("en-02.wav"));
    let silence = recording("silence.wav");
    let arguments =
        ["transcribe-file", &ja, &silence, &en, "--model", &model, "--language", "auto"];
    let run = Sandbox::new().run(&arguments).expect(0);
    assert_eq!(run.stdout, "会社に行きました。\n\nI had fish for dinner.\n");
    assert_eq!(run.stderr, "");
}

#[test]
fn subtitles_have_the_times_of_the_segments() {
    let (model, en) = (model(), recording("en-03.wav"));
    let sandbox = Sandbox::new();
    let with = |format| {
        let arguments =
            ["transcribe-file", &en, "--model", &model, "--language", "en", "--format", format];
        sandbox.run(&arguments).expect(0).stdout
    };
    let (srt, vtt) = (with("srt"), with("vtt"));
    assert!(srt.starts_with("1\n00:00:00,"), "{srt}");
    assert!(vtt.starts_with("WEBVTT\n\n00:00:00."), "{vtt}");
    for text in [&srt, &vtt] {
        assert!(text.contains("Good afternoon."), "{text}");
        assert!(text.contains("I slept for five hours last night."), "{text}");
        assert!(text.ends_with("\n\n"), "{text}");
    }
}

#[test]
fn json_has_segments_and_goes_to_a_file_when_asked() {
    let sandbox = Sandbox::with_model();
    let output = sandbox.path("out.json").display().to_string();
    let en = recording("en-02.wav");
    let arguments = ["transcribe-file", &en, "--format", "json", "--output", &output];
    let run = sandbox.run(&arguments).expect(0);
    assert_eq!(run.stdout, "");
    let body: serde_json::Value = serde_json::from_slice(&fs::read(output).unwrap()).unwrap();
    assert_eq!(body["text"], "I had fish for dinner.");
    assert_eq!(body["language"], "en");
    assert_eq!(body["segments"][0]["text"], "I had fish for dinner.");
    let (start, end) = (&body["segments"][0]["start_seconds"], &body["segments"][0]["end_seconds"]);
    assert!(start.as_f64().unwrap() < end.as_f64().unwrap(), "{body}");
    assert_eq!(sandbox.run(&["transcribe-file", &en, "--json"]).expect(0).json()["language"], "en");
}

#[test]
fn a_file_that_fails_ends_with_1_and_the_others_are_printed() {
    let sandbox = Sandbox::with_model();
    fs::write(sandbox.path("broken.wav"), "no audio").unwrap();
    let en = recording("en-02.wav");
    let run = sandbox.run(&["transcribe-file", "broken.wav", "absent.wav", &en]).expect(1);
    assert_eq!(run.stdout, "I had fish for dinner.\n");
    assert!(run.stderr.contains("error: `broken.wav`: "), "{run:#?}");
    assert!(run.stderr.contains("error: `absent.wav`: "), "{run:#?}");
}

#[test]
fn subtitles_of_several_files_and_unknown_models_are_refused() {
    let sandbox = Sandbox::with_model();
    let en = recording("en-02.wav");
    let run = sandbox.run(&["transcribe-file", &en, &en, "--format", "srt"]).expect(2);
    assert!(run.stderr.contains("hint: name one file at a time"), "{run:#?}");
    let run = sandbox.run(&["transcribe-file", &en, "--model", "bsae"]).expect(2);
    assert!(run.stderr.contains("unknown model `bsae`"), "{run:#?}");
    let absent = PathBuf::from("absent.bin").display().to_string();
    let run = sandbox.run(&["transcribe-file", &en, "--model", &absent]);
    assert_ne!(run.code, 0, "{run:#?}");
    assert!(run.stderr.contains("absent.bin"), "{run:#?}");
}
