//! What is heard with our encoder is, token for token, what whisper.cpp hears with its own.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::Deserialize;
use watchme_core::Language;
use whisper_rs::WhisperTokenId;

use super::encoder::lay_out;
use super::ffi::{Stop, log_to_tracing};
use super::loaded::Loaded;
use crate::audio::{Step, Window, Windows};
use crate::models::{ModelLibrary, ModelOrigin};

#[derive(Deserialize)]
struct Sample {
    file: String,
    /// `None` where nobody speaks.
    language: Option<String>,
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The demo model, with our encoder or that of whisper.cpp. `None` where there is none of ours.
fn loaded(is_ours: bool) -> Option<Loaded> {
    let path = models().join("ggml-synth-tiny.bin");
    let library = ModelLibrary::new(models(), None);
    let architecture = library.verify(&ModelOrigin::File(path.clone())).unwrap().architecture;
    let (name, one) = ("demo".parse().unwrap(), NonZeroUsize::MIN);
    let own = if is_ours { Some(lay_out(&path, architecture, one)?) } else { None };
    Some(Loaded::load(name, &path, architecture, one, own).unwrap())
}

fn windows(path: &Path) -> Vec<Window> {
    let (mut windows, mut all) = (Windows::open(path).unwrap(), Vec::new());
    while !windows.is_over() {
        all.extend(windows.advance().unwrap());
    }
    all.extend(std::iter::from_fn(|| windows.advance().unwrap()));
    all.into_iter()
        .filter_map(|step| match step {
            Step::Window(window) => Some(window),
            Step::Passed(_) => None,
        })
        .collect()
}

/// What the decoder writes of a window, greedily and at once.
fn tokens(model: &mut Loaded, window: &Window, language: &str) -> Vec<WhisperTokenId> {
    let language = model.language(&Language::Code(language.to_owned())).unwrap();
    let cancelled = AtomicBool::new(false);
    let stop = Stop { cancelled: &cancelled, deadline: Instant::now() + Duration::from_hours(1) };
    model.hear(&window.samples, language, &stop).unwrap();
    model.tokens()
}

#[test]
fn every_window_of_every_recording_has_the_tokens_of_whisper_cpp() {
    log_to_tracing();
    let Some(mut ours) = loaded(true) else { return };
    let mut theirs = loaded(false).unwrap();
    assert_ne!(ours.encoder(), theirs.encoder());
    let manifest = std::fs::read(models().join("recordings/manifest.json")).unwrap();
    let samples: Vec<Sample> = serde_json::from_slice(&manifest).unwrap();
    let (mut compared, mut differing) = (0, Vec::new());
    for Sample { file, language } in samples {
        let Some(language) = language else { continue };
        let windows = windows(&models().join("recordings").join(&file));
        assert!(!windows.is_empty(), "{file}");
        for (number, window) in windows.iter().enumerate() {
            let expected = tokens(&mut theirs, window, &language);
            let found = tokens(&mut ours, window, &language);
            assert!(expected.len() > 4, "{file}: {expected:?}");
            compared += 1;
            if found != expected {
                differing.push(format!("{file} {number}: {found:?}, not {expected:?}"));
            }
        }
    }
    assert!(compared >= 16 + 4, "{compared}");
    assert!(differing.is_empty(), "{} of {compared}: {differing:#?}", differing.len());
}
