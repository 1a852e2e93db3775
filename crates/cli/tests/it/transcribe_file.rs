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
fn subtitles_of_several_files_are_written_beside_them() {
    let sandbox = Sandbox::with_model();
    fs::create_dir_all(sandbox.path("a/b")).unwrap();
    for (name, content) in [("a/b/two.wav", "en-02.wav"), ("a/three.WAV", "en-03.wav")] {
        fs::copy(recording(content), sandbox.path(name)).unwrap();
    }
    fs::write(sandbox.path("a/notes.txt"), "not a recording").unwrap();
    let run = sandbox.run(&["transcribe-file", "a", "--format", "srt"]).expect(0);
    assert_eq!(run.stdout, "a/b/two.srt\na/three.srt\n");
    let two = fs::read_to_string(sandbox.path("a/b/two.srt")).unwrap();
    assert!(two.starts_with("1\n00:00:00,") && two.contains("I had fish for dinner."), "{two}");

    fs::write(sandbox.path("a/three.srt"), "made by hand").unwrap();
    let run = sandbox.run(&["transcribe-file", "a", "--format", "srt"]).expect(1);
    assert!(run.stderr.contains("`a/three.srt` already exists; `--overwrite`"), "{run:#?}");
    assert_eq!(fs::read_to_string(sandbox.path("a/three.srt")).unwrap(), "made by hand");
    sandbox.run(&["transcribe-file", "a", "--format", "srt", "--overwrite"]).expect(0);
    let three = fs::read_to_string(sandbox.path("a/three.srt")).unwrap();
    assert!(three.contains("Good afternoon."), "{three}");
}

#[test]
fn a_folder_is_transcribed_in_the_order_of_its_names_and_an_empty_one_refused() {
    let sandbox = Sandbox::with_model();
    fs::create_dir_all(sandbox.path("a")).unwrap();
    fs::create_dir_all(sandbox.path("empty")).unwrap();
    fs::copy(recording("ja-02.wav"), sandbox.path("a/1.wav")).unwrap();
    fs::copy(recording("en-02.wav"), sandbox.path("a/2.wav")).unwrap();
    let run = sandbox.run(&["transcribe-file", "a"]).expect(0);
    assert_eq!(run.stdout, "会社に行きました。\nI had fish for dinner.\n");
    let run = sandbox.run(&["transcribe-file", "empty"]).expect(2);
    assert!(run.stderr.contains("there are no recordings to transcribe"), "{run:#?}");
}

#[test]
fn standard_input_is_transcribed() {
    let sandbox = Sandbox::with_model();
    let audio = fs::read(recording("en-02.wav")).unwrap();
    let run = sandbox.run_with_input(&["transcribe-file", "-"], &audio).expect(0);
    assert_eq!(run.stdout, "I had fish for dinner.\n");
    let json = sandbox.run_with_input(&["transcribe-file", "-", "--json"], &audio).expect(0);
    assert_eq!(json.json()["file"], "-");
}

#[test]
fn subtitles_of_several_files_and_unknown_models_are_refused() {
    let sandbox = Sandbox::with_model();
    let en = recording("en-02.wav");
    let joined = ["transcribe-file", &en, &en, "--format", "srt", "--output", "out.srt"];
    let run = sandbox.run(&joined).expect(2);
    assert!(run.stderr.contains("hint: leave out `--output`"), "{run:#?}");
    let run = sandbox.run(&["transcribe-file", &en, "-", "--format", "srt"]).expect(2);
    assert!(run.stderr.contains("hint: transcribe standard input by itself"), "{run:#?}");
    let run = sandbox.run(&["transcribe-file", &en, "--model", "bsae"]).expect(2);
    assert!(run.stderr.contains("unknown model `bsae`"), "{run:#?}");
    let absent = PathBuf::from("absent.bin").display().to_string();
    let run = sandbox.run(&["transcribe-file", &en, "--model", &absent]);
    assert_ne!(run.code, 0, "{run:#?}");
    assert!(run.stderr.contains("absent.bin"), "{run:#?}");
}
