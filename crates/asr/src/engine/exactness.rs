//! What is heard with our encoder is, token for token, what whisper.cpp hears with its own.
//!
//! Its own is that of its default build: ggml's products, none of its tiled kernels and none of
//! ours, and attention in two products. With flash attention, which sums up in 16 bits, whisper.cpp
//! differs from itself in 7 of the 20 windows here; with the tiled kernels in one.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::Deserialize;
use watchme_core::Language;
use whisper_rs::WhisperTokenId;

use super::encoder::lay_out;
use super::ffi::{ExactProducts, Stop, leave_to_ggml, log_to_tracing};
use super::loaded::Loaded;
use crate::audio::{Step, Window, Windows};
use crate::config::Precision;
use crate::models::{ModelLibrary, ModelOrigin};

/// The first token that is a time, in the vocabulary of the demo model. Steps are 20 ms.
const FIRST_TIME: WhisperTokenId = 50_364;

/// In fast mode so many windows may have other tokens. One of the 20 had where this was measured, a
/// time one step off, and of 60 others, the same cut elsewhere or less loud, three.
const MOST_IN_FAST: usize = 2;

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
fn loaded(precision: Option<Precision>) -> Option<Loaded> {
    let path = models().join("ggml-synth-tiny.bin");
    let library = ModelLibrary::new(models(), None);
    let architecture = library.verify(&ModelOrigin::File(path.clone())).unwrap().architecture;
    let (name, one) = ("demo".parse().unwrap(), NonZeroUsize::MIN);
    let own = match precision {
        Some(precision) => Some(lay_out(&path, architecture, precision, one)?),
        None => None,
    };
    Some(Loaded::load_with(name, &path, architecture, one, own, false).unwrap())
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

/// All windows of speech, with the file they are of and its language.
fn spoken() -> Vec<(String, String, Window)> {
    let manifest = std::fs::read(models().join("recordings/manifest.json")).unwrap();
    let samples: Vec<Sample> = serde_json::from_slice(&manifest).unwrap();
    let mut spoken = Vec::new();
    for Sample { file, language } in samples {
        let Some(language) = language else { continue };
        let windows = windows(&models().join("recordings").join(&file));
        assert!(!windows.is_empty(), "{file}");
        let windows = windows.into_iter().enumerate();
        spoken
            .extend(windows.map(|(number, it)| (format!("{file} {number}"), language.clone(), it)));
    }
    assert!(spoken.len() >= 16 + 4, "{}", spoken.len());
    spoken
}

fn words(tokens: &[WhisperTokenId]) -> Vec<WhisperTokenId> {
    tokens.iter().copied().filter(|&token| token < FIRST_TIME).collect()
}

#[test]
fn every_window_of_every_recording_has_the_tokens_of_whisper_cpp() {
    log_to_tracing();
    let Some(mut fast) = loaded(Some(Precision::Fast)) else { return };
    let mut exact = loaded(Some(Precision::Exact)).unwrap();
    let mut theirs = loaded(None).unwrap();
    assert_ne!(exact.encoder(), theirs.encoder());
    let mut differing = Vec::new();
    for (name, language, window) in spoken() {
        let expected = leave_to_ggml(|| tokens(&mut theirs, &window, &language));
        assert!(expected.len() > 4, "{name}: {expected:?}");
        let found = tokens(&mut fast, &window, &language);
        assert_eq!(words(&found), words(&expected), "{name}, fast");
        if found != expected {
            differing.push(format!("{name}: {found:?}, not {expected:?}"));
        }
        // Narrower kernels leave some products to ggml's tiled ones, which sum in another order.
        if exact.encoder() != "avx512" {
            continue;
        }
        let _exact = ExactProducts::new();
        assert_eq!(tokens(&mut exact, &window, &language), expected, "{name}, exact");
    }
    assert!(differing.len() <= MOST_IN_FAST, "{}: {differing:#?}", differing.len());
}
