//! The native network with the decoding loop gives, token for token, what whisper.cpp gives with its
//! own loop.
//!
//! whisper.cpp is run as in its default build, which has no tiled kernels, with attention in two
//! products. With flash attention, which sums up in 16 bits, whisper.cpp differs from itself in 7 of
//! the 20 windows here; with the tiled kernels in one. Each pass is compared alone, because the two
//! loops choose the start of the next pass differently.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::Deserialize;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

use super::first_pass::run_first_pass;
use crate::audio::{Advance, Window, Windows};
use crate::decoding::decode::{MIN_FRAMES, Pass};
use crate::decoding::frames::{ENCODER_FRAMES, frame_count, pad};
use crate::decoding::model::Model;
use crate::decoding::network::whisper_cpp::log::log_to_tracing;
use crate::decoding::network::{Network, Token, native};
use crate::decoding::segments::split_by_timestamps;
use crate::decoding::stop::Stop;
use crate::models::{Architecture, ModelLibrary, ModelOrigin};
use crate::precision::Precision;

/// The timestamp of 0 s in the vocabulary of the demo model. Steps are 20 ms.
const ZERO: Token = 50_364;

/// Most steps that a time may be off in fast mode, whose decoder has weights of 8 bits.
const MAX_STEPS_OFF_IN_FAST: u32 = 2;

#[derive(Deserialize)]
struct Sample {
    file: String,
    /// `None` if nobody speaks.
    language: Option<String>,
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn demo() -> PathBuf {
    models().join("ggml-synth-tiny.bin")
}

/// Loads the demo model natively.
fn load_native(precision: Precision) -> Model {
    let network = native::load(&demo(), architecture(), precision, NonZeroUsize::MIN).unwrap();
    model_of(Box::new(network))
}

fn model_of(network: Box<dyn Network>) -> Model {
    Model::new("demo".parse().unwrap(), &demo(), architecture(), network).unwrap()
}

fn architecture() -> Architecture {
    ModelLibrary::new(models(), None).verify(&ModelOrigin::File(demo())).unwrap().architecture
}

/// Reads all speech of a recording.
fn read_speech(path: &Path) -> Window {
    let (mut windows, mut all) = (Windows::open(path).unwrap(), Vec::new());
    while !windows.is_over() {
        all.extend(windows.advance().unwrap());
    }
    all.extend(std::iter::from_fn(|| windows.advance().unwrap()));
    let mut speech = Window::default();
    for step in all {
        if let Advance::Window(window) = step {
            speech.append(window);
        }
    }
    speech
}

/// Reads all recordings of speech: file, language, speech.
fn read_all_speech() -> Vec<(String, String, Window)> {
    let manifest = std::fs::read(models().join("recordings/manifest.json")).unwrap();
    let samples: Vec<Sample> = serde_json::from_slice(&manifest).unwrap();
    let all = samples.into_iter().filter_map(|Sample { file, language }| {
        let speech = read_speech(&models().join("recordings").join(&file));
        Some((file, language?, speech))
    });
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 16 + 2);
    all
}

/// Decodes a window greedily. Returns the tokens of each pass, with the frame that it begins at.
fn decode_all(model: &mut Model, window: &Window, language: &str) -> Vec<(usize, Vec<Token>)> {
    let cancelled = AtomicBool::new(false);
    let stop = Stop { cancelled: &cancelled, deadline: Instant::now() + Duration::from_hours(1) };
    let samples = pad(&window.samples);
    let (frames, prompt) = (frame_count(samples.len()), model.prompt(language));
    model.set_audio(&samples).unwrap();
    let (mut passes, mut seek) = (Vec::new(), 0);
    while seek + MIN_FRAMES < frames {
        model.encode(seek, ENCODER_FRAMES).unwrap();
        let pass = Pass { seek, frames_left: frames - seek, prompt: &prompt };
        let decoded = model.decode(&pass, 0.0, &stop).unwrap();
        let tokens = decoded.tokens.iter().map(|choice| choice.token).collect();
        passes.push((seek, tokens));
        seek += split_by_timestamps(&decoded.tokens, model.vocabulary(), &pass).advance;
    }
    passes
}

/// whisper.cpp's own loop, and its tokens of one window, by the frame that a pass begins at.
struct Reference {
    state: WhisperState,
    tokens: HashMap<usize, Vec<Token>>,
}

impl Reference {
    fn load() -> Self {
        let mut parameters = WhisperContextParameters::new();
        parameters.flash_attn(false);
        let context = WhisperContext::new_with_params(demo(), parameters).unwrap();
        Self { state: context.create_state().unwrap(), tokens: HashMap::new() }
    }

    /// Returns the reported tokens of its first pass over the window from this frame on.
    fn pass(&mut self, window: &Window, language: &str, seek: usize) -> Vec<Token> {
        let Self { state, tokens } = self;
        let tokens = tokens.entry(seek).or_insert_with(|| {
            let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
            params.set_n_threads(1);
            params.set_language(Some(language));
            params.set_temperature_inc(0.0);
            params.set_no_context(true);
            params.set_n_max_text_ctx(0);
            params.set_suppress_nst(true);
            params.set_no_speech_thold(f32::INFINITY);
            params.set_offset_ms(i32::try_from(10 * seek).unwrap());
            run_first_pass(state, params, &pad(&window.samples)).unwrap();
            let segments = state.as_iter().flat_map(|segment| {
                let token = |index| segment.get_token(index).unwrap().token_data().id;
                (0..segment.n_tokens()).map(token).collect::<Vec<_>>()
            });
            segments.map(i32::cast_unsigned).collect()
        });
        drop_unreported(tokens)
    }
}

/// Keeps the tokens of a pass that whisper.cpp reports: none after the last timestamp, which it
/// decodes again, and of the timestamps only those that end a text.
fn drop_unreported(tokens: &[Token]) -> Vec<Token> {
    let last = tokens.iter().rposition(|&token| token > ZERO);
    let mut reported: Vec<Token> = Vec::new();
    let mut is_after_text = false;
    for &token in &tokens[..last.map_or(tokens.len(), |last| last + 1)] {
        let is_text = token < ZERO;
        if is_text || is_after_text {
            reported.push(token);
        }
        is_after_text = is_text;
    }
    reported
}

fn words(tokens: &[Token]) -> Vec<Token> {
    tokens.iter().copied().filter(|&token| token < ZERO).collect()
}

#[test]
fn every_pass_over_every_recording_has_the_tokens_of_whisper_cpp() {
    log_to_tracing();
    let mut fast = load_native(Precision::Fast);
    let mut exact = load_native(Precision::Exact);
    let mut reference = Reference::load();
    let mut most_off = 0;
    for (name, language, window) in read_all_speech() {
        reference.tokens.clear();
        for (seek, tokens) in decode_all(&mut exact, &window, &language) {
            let expected = reference.pass(&window, &language, seek);
            assert!(expected.len() > 2, "{name} from {seek}: {expected:?}");
            assert_eq!(drop_unreported(&tokens), expected, "{name} from {seek}, exact");
        }
        for (seek, tokens) in decode_all(&mut fast, &window, &language) {
            let found = drop_unreported(&tokens);
            let expected = reference.pass(&window, &language, seek);
            assert_eq!(words(&found), words(&expected), "{name} from {seek}, fast");
            assert_eq!(found.len(), expected.len(), "{name} from {seek}, fast");
            let off = found.iter().zip(&expected).map(|(one, other)| one.abs_diff(*other));
            most_off = most_off.max(off.max().unwrap_or(0));
        }
    }
    assert!(most_off <= MAX_STEPS_OFF_IN_FAST, "{most_off} steps");
}
