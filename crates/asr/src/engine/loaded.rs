//! The loaded model: one run over one chunk.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use watchme_core::{Language, ModelName, TranscribeError};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState, WhisperTokenId, get_lang_id, get_lang_str,
};

use super::clock::Parts;
use super::ffi::{OwnEncoder, Stop, full, time_of_products};
use super::text::RawSegment;
use crate::models::Architecture;

/// The engine reads beyond the end of very short audio: everything is padded to a second.
const MIN_SAMPLES: usize = 16_000;

/// whisper.cpp could not enlarge its cache and has freed the state itself.
const STATE_IS_FREED: i32 = -7;

/// Whisper knows 99 languages, and Cantonese since its third large model.
const LANGUAGES: i32 = 99;

/// A model in memory.
pub(super) struct Loaded {
    name: ModelName,
    /// Dropped before the context that it belongs to.
    state: Option<WhisperState>,
    context: WhisperContext,
    /// In place of whisper.cpp's own.
    encoder: Option<OwnEncoder>,
    architecture: Architecture,
    threads: i32,
    /// For each language, since whisper-rs never frees the copy of its name.
    templates: HashMap<Option<&'static str>, FullParams<'static, 'static>>,
}

/// What one run heard.
pub(super) struct Heard {
    pub(super) segments: Vec<RawSegment>,
    /// The language it was heard in, as an ISO 639-1 code.
    pub(super) language: &'static str,
}

impl Loaded {
    /// Loads a file that has been verified, and computes with `encoder` where there is one.
    /// Blocking: seconds.
    pub(super) fn load(
        name: ModelName,
        path: &Path,
        architecture: Architecture,
        threads: NonZeroUsize,
        encoder: Option<OwnEncoder>,
    ) -> Result<Self, TranscribeError> {
        // In whisper.cpp's own encoder it halves the memory of a state, but sums up in 16 bits. In
        // the decoder, which is left beside our encoder, it takes twice as long as attention in two
        // products, for each token.
        let flash = encoder.is_none();
        Self::load_with(name, path, architecture, threads, encoder, flash)
    }

    /// The same, with flash attention or with two products.
    pub(super) fn load_with(
        name: ModelName,
        path: &Path,
        architecture: Architecture,
        threads: NonZeroUsize,
        encoder: Option<OwnEncoder>,
        flash: bool,
    ) -> Result<Self, TranscribeError> {
        let mut parameters = WhisperContextParameters::new();
        parameters.flash_attn(flash);
        let context = WhisperContext::new_with_params(path, parameters).map_err(|_| {
            let reason = format!("the engine cannot load `{}`", path.display());
            TranscribeError::Model { reason }
        })?;
        let threads = i32::try_from(threads.get()).unwrap_or(i32::MAX);
        let templates = HashMap::new();
        Ok(Self { name, state: None, context, encoder, architecture, threads, templates })
    }

    /// What the parts of it that are computed here have taken so far.
    pub(super) fn parts(&self) -> Parts {
        let (passes, encoder) = self.encoder.as_ref().map(OwnEncoder::taken).unwrap_or_default();
        Parts { passes, encoder, products: time_of_products() }
    }

    /// Computes on so many threads from now on.
    pub(super) fn set_threads(&mut self, threads: NonZeroUsize) {
        // A state keeps the encoder that it was made with.
        self.state = None;
        self.encoder = self.encoder.as_ref().map(|encoder| encoder.with_threads(threads));
        self.threads = i32::try_from(threads.get()).unwrap_or(i32::MAX);
        self.templates.clear();
    }

    /// How long a window of the encoder takes.
    pub(super) fn time_encoder(&mut self) -> Result<Duration, TranscribeError> {
        let mut state = self.take_state()?;
        let threads = usize::try_from(self.threads).unwrap_or(1);
        state.pcm_to_mel(&vec![0.0; MIN_SAMPLES], threads).map_err(failure)?;
        let started = Instant::now();
        state.encode(0, threads).map_err(failure)?;
        let took = started.elapsed();
        self.check_encoder()?;
        self.state = Some(state);
        Ok(took)
    }

    /// What computes the encoder.
    pub(super) fn encoder(&self) -> &'static str {
        self.encoder.as_ref().map_or("whisper.cpp", OwnEncoder::kernel)
    }

    pub(super) fn name(&self) -> &ModelName {
        &self.name
    }

    /// The language as the engine names it; `None` where it is to be found out.
    pub(super) fn language(
        &self,
        language: &Language,
    ) -> Result<Option<&'static str>, TranscribeError> {
        let multilingual = self.architecture.is_multilingual();
        match language {
            Language::Auto if multilingual => Ok(None),
            Language::Auto => Ok(Some("en")),
            Language::Code(code) => self.known(code).map(Some).ok_or_else(|| {
                let reason = format!("`{}` does not know the language `{code}`", self.name);
                TranscribeError::Model { reason }
            }),
        }
    }

    /// The language with this code, if the model knows it.
    pub(super) fn known(&self, code: &str) -> Option<&'static str> {
        let number = get_lang_id(code)?;
        let extra = i32::from(self.architecture.mel_bands == 128);
        let is_known = if self.architecture.is_multilingual() {
            number < LANGUAGES + extra
        } else {
            code == "en"
        };
        get_lang_str(number).filter(|_| is_known)
    }

    /// Hears a chunk at temperature 0, in the state that is kept: the result does not depend on
    /// what was heard before.
    pub(super) fn hear(
        &mut self,
        samples: &[f32],
        language: Option<&'static str>,
        stop: &Stop<'_>,
    ) -> Result<Heard, TranscribeError> {
        self.run(samples, language, 0.0, stop)
    }

    /// Hears a chunk at a temperature above 0, in a state of its own: only then is its random
    /// source at its start, and the result the same each time. The kept state is dropped first,
    /// so that there are never two.
    pub(super) fn hear_afresh(
        &mut self,
        samples: &[f32],
        language: Option<&'static str>,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<Heard, TranscribeError> {
        self.state = None;
        let heard = self.run(samples, language, temperature, stop);
        self.state = None;
        heard
    }

    /// How likely the model holds the audio from `start` on for no speech, 0 to 1.
    ///
    /// whisper.cpp 1.8 reports this for each segment, but reads it from a row of logits that it
    /// has not computed and that still holds those of an earlier run. So it is asked here, which
    /// costs another pass through the encoder.
    pub(super) fn no_speech(
        &mut self,
        samples: &[f32],
        start: Duration,
    ) -> Result<f32, TranscribeError> {
        let mut state = self.take_state()?;
        let threads = usize::try_from(self.threads).unwrap_or(1);
        let padded = padded(samples);
        state.pcm_to_mel(padded.as_deref().unwrap_or(samples), threads).map_err(failure)?;
        // The spectrum has a frame for each 10 ms.
        let frame = usize::try_from(start.as_millis() / 10).unwrap_or(0);
        state.encode(frame, threads).map_err(failure)?;
        state.decode(&[self.context.token_sot()], 0, threads).map_err(failure)?;
        self.check_encoder()?;
        let no_speech = usize::try_from(self.context.token_nosp()).unwrap_or(usize::MAX);
        let probability = probability_of(no_speech, state.get_logits().map_err(failure)?);
        self.state = Some(state);
        Ok(probability)
    }

    fn take_state(&mut self) -> Result<WhisperState, TranscribeError> {
        match self.state.take() {
            Some(state) => Ok(state),
            None => self.create_state(),
        }
    }

    fn create_state(&self) -> Result<WhisperState, TranscribeError> {
        let create = || self.context.create_state().map_err(failure);
        match &self.encoder {
            Some(encoder) => encoder.offer(create),
            None => create(),
        }
    }

    /// Whether what was just computed can be believed.
    fn check_encoder(&self) -> Result<(), TranscribeError> {
        match &self.encoder {
            Some(encoder) if encoder.take_failure() => {
                Err(TranscribeError::Engine { reason: "the encoder failed".to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn run(
        &mut self,
        samples: &[f32],
        language: Option<&'static str>,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<Heard, TranscribeError> {
        let mut params = self.params(language);
        params.set_temperature(temperature);
        let mut state = self.take_state()?;
        let padded = padded(samples);
        let samples = padded.as_deref().unwrap_or(samples);
        if let Err(error) = full(&mut state, params, samples, stop) {
            if matches!(error, WhisperError::GenericError(STATE_IS_FREED)) {
                // Dropping it would free it again; the handle that is leaked keeps the model.
                std::mem::forget(state);
            }
            return Err(failure(error));
        }
        self.check_encoder()?;
        let segments = segments(&state, self.context.token_eot())?;
        let language = match language {
            Some(language) => language,
            None => get_lang_str(state.full_lang_id_from_state()).unwrap_or("en"),
        };
        self.state = Some(state);
        Ok(Heard { segments, language })
    }

    /// The tokens that were heard last, times and marks included.
    #[cfg(test)]
    pub(super) fn tokens(&self) -> Vec<WhisperTokenId> {
        let mut tokens = Vec::new();
        for segment in self.state.iter().flat_map(WhisperState::as_iter) {
            for index in 0..segment.n_tokens() {
                tokens.extend(segment.get_token(index).map(|token| token.token_data().id));
            }
        }
        tokens
    }

    fn params(&mut self, language: Option<&'static str>) -> FullParams<'static, 'static> {
        let threads = self.threads;
        self.templates.entry(language).or_insert_with(|| template(language, threads)).clone()
    }
}

/// Greedy, one try, without memory of earlier text: the only mode whose result can be repeated.
fn template(language: Option<&'static str>, threads: i32) -> FullParams<'static, 'static> {
    let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    params.set_n_threads(threads);
    params.set_language(language);
    params.set_temperature_inc(0.0);
    params.set_no_context(true);
    params.set_n_max_text_ctx(0);
    params.set_audio_ctx(0);
    params.set_no_timestamps(false);
    params.set_single_segment(false);
    params.set_suppress_blank(true);
    // As in Whisper's own tool: brackets and notes describe sounds, nobody says them.
    params.set_suppress_nst(true);
    // Its own check uses a figure that it has not computed, see `Loaded::no_speech`.
    params.set_no_speech_thold(f32::INFINITY);
    params.set_print_special(false);
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    params
}

/// The softmax of one logit.
fn probability_of(token: usize, logits: &[f32]) -> f32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    logits.get(token).map_or(0.0, |logit| (logit - largest).exp() / sum)
}

fn padded(samples: &[f32]) -> Option<Vec<f32>> {
    (samples.len() < MIN_SAMPLES).then(|| {
        let mut padded = samples.to_vec();
        padded.resize(MIN_SAMPLES, 0.0);
        padded
    })
}

fn segments(
    state: &WhisperState,
    end_of_text: WhisperTokenId,
) -> Result<Vec<RawSegment>, TranscribeError> {
    let mut segments = Vec::new();
    for segment in state.as_iter() {
        let (mut sum, mut tokens) = (0.0, 0);
        for index in 0..segment.n_tokens() {
            let Some(token) = segment.get_token(index) else { continue };
            let token = token.token_data();
            // From the end of text on there are marks and times: they tell when, not what.
            if token.id < end_of_text {
                sum += f64::from(token.plog);
                tokens += 1;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm needs few digits")]
        let log_probability = (sum / f64::from(tokens.max(1))) as f32;
        segments.push(RawSegment {
            start: segment.start_timestamp(),
            end: segment.end_timestamp(),
            bytes: segment.to_bytes().map_err(failure)?.to_vec(),
            log_probability,
            tokens: usize::try_from(tokens).unwrap_or(0),
        });
    }
    Ok(segments)
}

fn failure(error: WhisperError) -> TranscribeError {
    // whisper-rs looks for positive codes, whisper.cpp answers negative ones.
    let reason = match error {
        WhisperError::GenericError(-2) => "no spectrum of the audio".to_owned(),
        WhisperError::GenericError(-3) => "no language found".to_owned(),
        WhisperError::GenericError(-6) => "the encoder failed".to_owned(),
        WhisperError::GenericError(STATE_IS_FREED) => "no memory for the decoder".to_owned(),
        WhisperError::GenericError(-9 | -8) => "the decoder failed".to_owned(),
        WhisperError::FailedToCreateState => "no memory for its state".to_owned(),
        other => format!("{other:?}"),
    };
    TranscribeError::Engine { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_the_share_of_a_logit() {
        let logits = [0.0, 2.0_f32.ln(), f32::NEG_INFINITY, 1.0_f32.ln()];
        assert!((probability_of(1, &logits) - 0.5).abs() < 1e-6);
        assert!(probability_of(2, &logits).abs() < 1e-6);
        assert!(probability_of(9, &logits).abs() < 1e-6);
        assert!((probability_of(0, &[1e30, -1e30]) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn audio_shorter_than_a_second_is_padded_to_one() {
        assert_eq!(padded(&[1.0]).map(|samples| samples.len()), Some(16_000));
        assert_eq!(padded(&vec![0.0; 16_000]), None);
    }
}
