//! Models and recordings that cannot be used are refused with a reason, and the engine keeps running.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use watchme_asr::models::ModelOrigin;
use watchme_asr::{Config, ModelLibrary, Precision, WhisperTranscriber};
use watchme_core::{FetchedAudio, Progress, TranscribeError, Transcriber as _, Verdict};

use super::{demo_config, demo_model, demo_options, recording, transcribe, transcriber};

struct Panics;

impl Progress for Panics {
    fn advanced(&self, _done: Duration, _total: Option<Duration>) {
        panic!("on purpose");
    }
}

fn model_reason(error: &TranscribeError) -> String {
    assert!(matches!(error, TranscribeError::Model { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_panic_fails_its_recording_only() {
    let engine = transcriber();
    let result =
        engine.transcribe(recording("silence.wav"), &demo_options("ja"), Arc::new(Panics)).await;
    assert_eq!(result.unwrap_err().to_string(), "the engine failed: it panicked: on purpose");
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
}

#[tokio::test]
async fn a_broken_recording_fails_alone() {
    let engine = transcriber();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"no audio at all").unwrap();
    let audio = FetchedAudio::new(file.path().to_owned(), 15, file);
    let error = engine.transcribe(audio, &demo_options("ja"), Arc::new(())).await.unwrap_err();
    assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error}");
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
}

#[tokio::test]
async fn a_broken_model_is_refused_and_a_whole_one_put_in_its_place_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.bin");
    let engine = WhisperTranscriber::new(demo_config(&path)).unwrap();
    let error = transcribe(&engine, "silence.wav", "ja").await.unwrap_err();
    assert!(model_reason(&error).contains("there is no model file"), "{error}");

    let whole = std::fs::read(demo_model()).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let error = transcribe(&engine, "silence.wav", "ja").await.unwrap_err();
    assert!(model_reason(&error).contains("it is truncated"), "{error}");

    std::fs::write(&path, b"GIF89a and more").unwrap();
    let error = transcribe(&engine, "silence.wav", "ja").await.unwrap_err();
    assert!(model_reason(&error).contains("it does not begin like a ggml model"), "{error}");

    std::fs::write(&path, &whole).unwrap();
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
}

#[tokio::test]
async fn a_model_too_large_for_the_memory_is_refused_before_it_is_loaded() {
    let mut config = demo_config(&demo_model());
    config.memory_limit_bytes = Some(30_000_000);
    let engine = WhisperTranscriber::new(config).unwrap();
    let error = transcribe(&engine, "silence.wav", "ja").await.unwrap_err();
    let reason = model_reason(&error);
    let need = ModelLibrary::new(PathBuf::new(), None)
        .verify(&ModelOrigin::File(demo_model()))
        .unwrap()
        .memory_need(Precision::Fast)
        .bytes(Some(30_000_000))
        .div_ceil(1_000_000);
    let both = format!("`demo` needs {need} MB of memory and 30 MB are left");
    assert!(reason.contains(&both), "{reason}");
    let check = engine.check().await.remove(0);
    assert!(matches!(&check.verdict, Verdict::Fail { finding, .. } if finding.contains("30 MB")));
}

#[tokio::test]
async fn only_allowed_models_and_known_languages_are_taken() {
    let engine = transcriber();
    let mut other = demo_options("ja");
    other.model = "large-v3".parse().unwrap();
    let error =
        engine.transcribe(recording("silence.wav"), &other, Arc::new(())).await.unwrap_err();
    assert_eq!(
        model_reason(&error),
        "the model cannot be used: `large-v3` is not allowed, use `demo`"
    );
    // Cantonese came with the third large model; this one has the older vocabulary.
    for language in ["xx", "yue"] {
        let error = transcribe(&engine, "silence.wav", language).await.unwrap_err();
        assert!(model_reason(&error).contains("does not know the language"), "{error}");
    }
}

#[test]
fn an_empty_or_ambiguous_list_of_models_is_refused() {
    let library = ModelLibrary::new(Path::new("models").to_owned(), None);
    let refuse = |models: &[&str]| {
        let models = models.iter().map(|text| text.parse().unwrap()).collect();
        model_reason(&WhisperTranscriber::new(Config::new(models, library.clone())).unwrap_err())
    };
    assert!(refuse(&[]).contains("allow at least one"));
    assert!(refuse(&["base", "base=/srv/base.bin"]).contains("`base` is allowed twice"));
}

#[tokio::test]
async fn a_check_names_each_model_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let models = ["base", "/no/such/model.bin", &format!("demo={}", demo_model().display())]
        .map(|text| text.parse().unwrap());
    let library = ModelLibrary::new(folder.path().to_owned(), None);
    let engine = WhisperTranscriber::new(Config::new(models.to_vec(), library)).unwrap();
    let checks = engine.check().await;
    let subjects: Vec<&str> = checks.iter().map(|check| check.subject.as_str()).collect();
    assert_eq!(subjects, ["model `base`", "model `model`", "model `demo`"]);
    let mend = |index: usize| match &checks[index].verdict {
        Verdict::Fail { mend, .. } => mend.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(mend(0), "run `watchme models pull base`");
    assert_eq!(mend(1), "put the file at `/no/such/model.bin`, or correct the path");
    assert!(matches!(&checks[2].verdict, Verdict::Pass(facts) if facts.contains("19 MB, whole")));
}
