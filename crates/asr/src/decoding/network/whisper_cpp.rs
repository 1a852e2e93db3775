//! The network as whisper.cpp computes it.

pub(crate) mod log;

use std::num::NonZeroUsize;
use std::path::Path;

use watchme_core::TranscribeError;
use whisper_rs::{
    WhisperContext, WhisperContextParameters, WhisperError, WhisperState, WhisperTokenId,
};

use super::{Network, NetworkTimes, Token};
use crate::decoding::frames::ENCODER_FRAMES;

/// A model in the memory of whisper.cpp.
pub(in crate::decoding) struct WhisperCpp {
    /// Created when it is first needed. Declared before the context that it belongs to, so that it
    /// is dropped first.
    state: Option<WhisperState>,
    context: WhisperContext,
    threads: NonZeroUsize,
}

impl WhisperCpp {
    /// Loads a file that has been verified. Blocking: seconds.
    pub(in crate::decoding) fn load(
        path: &Path,
        threads: NonZeroUsize,
    ) -> Result<Self, TranscribeError> {
        // Flash attention halves the memory of a state, but sums up in 16 bits.
        Self::load_with(path, threads, true)
    }

    /// Loads it with flash attention, or with attention as two products.
    pub(in crate::decoding) fn load_with(
        path: &Path,
        threads: NonZeroUsize,
        flash_attention: bool,
    ) -> Result<Self, TranscribeError> {
        let mut parameters = WhisperContextParameters::new();
        parameters.flash_attn(flash_attention);
        let context = WhisperContext::new_with_params(path, parameters).map_err(|_| {
            let reason = format!("the engine cannot load `{}`", path.display());
            TranscribeError::Model { reason }
        })?;
        Ok(Self { state: None, context, threads })
    }

    /// Computes something with the state. A state that has failed is not used again.
    fn compute(
        &mut self,
        failure_reason: &str,
        work: impl FnOnce(&mut WhisperState, usize) -> Result<(), WhisperError>,
    ) -> Result<&WhisperState, TranscribeError> {
        let create = || self.context.create_state();
        let mut state = self
            .state
            .take()
            .map_or_else(create, Ok)
            .map_err(|_| failure("no memory for its state"))?;
        work(&mut state, self.threads.get()).map_err(|_| failure(failure_reason))?;
        Ok(self.state.insert(state))
    }
}

impl Network for WhisperCpp {
    fn set_audio(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.compute("no spectrum of the audio", |state, threads| {
            state.pcm_to_mel(samples, threads)
        })
        .map(drop)
    }

    /// Encodes all 30 s: less is an option of whisper.cpp's own loop only.
    fn encode(&mut self, frame: usize, _: usize) -> Result<usize, TranscribeError> {
        self.compute("the encoder failed", |state, threads| state.encode(frame, threads))?;
        Ok(ENCODER_FRAMES)
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        let tokens: Vec<WhisperTokenId> = tokens.iter().map(|token| token.cast_signed()).collect();
        let state = self.compute("the decoder failed", |state, threads| {
            // whisper.cpp computes the logits of the last token only, and whisper-rs returns those
            // of the first: the last one goes alone.
            let (before, last) = tokens.split_at(tokens.len().saturating_sub(1));
            if !before.is_empty() {
                state.decode(before, past, threads)?;
            }
            state.decode(last, past + before.len(), threads)
        })?;
        state.get_logits().map_err(|_| failure("the decoder failed"))
    }

    /// whisper.cpp computes the logits of one token at a time.
    fn max_hypotheses(&self) -> usize {
        1
    }

    fn decode_beam(
        &mut self,
        tokens: &[Token],
        _parents: &[usize],
        past: usize,
    ) -> Result<&[f32], TranscribeError> {
        self.decode(tokens, past)
    }

    fn set_threads(&mut self, threads: NonZeroUsize) {
        self.state = None;
        self.threads = threads;
    }

    fn kernel(&self) -> &'static str {
        "whisper.cpp"
    }

    fn times(&self) -> NetworkTimes {
        NetworkTimes::default()
    }
}

fn failure(reason: &str) -> TranscribeError {
    TranscribeError::Engine { reason: reason.to_owned() }
}
