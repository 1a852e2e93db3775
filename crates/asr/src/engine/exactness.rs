//! What is heard with our encoder is, token for token, what whisper.cpp hears with its own, as far
//! as 16 bits decide.

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

/// The first token that is a time, in the vocabulary of the demo model. Steps are 20 ms.
const FIRST_TIME: WhisperTokenId = 50_364;

/// How far a time may be off, in steps: what is between two of them is a matter of rounding.
const MOST_STEPS: WhisperTokenId = 2;

/// In one window of so many a word may differ: the demo model holds some, as `today` and
/// `yesterday`, for equally likely, and our encoder multiplies in 16 bits where the processor has
/// instructions for that.
const WINDOWS_FOR_A_WORD: usize = 16;

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

/// Whether the words are the same, and the times about the same.
fn is_alike(found: &[WhisperTokenId], expected: &[WhisperTokenId]) -> bool {
    let is_time = |token: WhisperTokenId| token >= FIRST_TIME;
    let mut pairs = found.iter().zip(expected);
    found.len() == expected.len()
        && pairs.all(|(&found, &expected)| {
            let is_close = (found - expected).abs() <= MOST_STEPS;
            found == expected || is_time(found) && is_time(expected) && is_close
        })
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
            if !is_alike(&found, &expected) {
                differing.push(format!("{file} {number}: {found:?}, not {expected:?}"));
            }
        }
    }
    assert!(compared >= 16 + 4, "{compared}");
    let most = compared / WINDOWS_FOR_A_WORD;
    assert!(differing.len() <= most, "{} of {compared}: {differing:#?}", differing.len());
}
