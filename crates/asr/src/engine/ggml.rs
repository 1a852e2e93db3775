//! The network of a model as whisper.cpp computes it.

use std::num::NonZeroUsize;
use std::path::Path;

use watchme_core::TranscribeError;
use whisper_rs::{
    WhisperContext, WhisperContextParameters, WhisperError, WhisperState, WhisperTokenId,
};

use super::clock::Parts;
use super::ffi::{OwnEncoder, time_of_products};
use super::network::{Network, Token};

/// A model in the memory of whisper.cpp.
pub(super) struct Ggml {
    /// Made when it is needed. Dropped before the context that it belongs to.
    state: Option<WhisperState>,
    context: WhisperContext,
    /// In place of whisper.cpp's own.
    encoder: Option<OwnEncoder>,
    threads: NonZeroUsize,
}

impl Ggml {
    /// Loads a file that has been verified, and computes with `encoder` where there is one.
    /// Blocking: seconds.
    pub(super) fn load(
        path: &Path,
        threads: NonZeroUsize,
        encoder: Option<OwnEncoder>,
    ) -> Result<Self, TranscribeError> {
        // In whisper.cpp's own encoder it halves the memory of a state, but sums up in 16 bits. In
        // the decoder, which is left beside our encoder, it takes twice as long as attention in two
        // products, for each token.
        let flash = encoder.is_none();
        Self::load_with(path, threads, encoder, flash)
    }

    /// The same, with flash attention or with two products.
    pub(super) fn load_with(
        path: &Path,
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
        Ok(Self { state: None, context, encoder, threads })
    }

    /// Lets the state compute something on so many threads. One that fails is not used again.
    fn compute(
        &mut self,
        what_fails: &str,
        work: impl FnOnce(&mut WhisperState, usize) -> Result<(), WhisperError>,
    ) -> Result<&WhisperState, TranscribeError> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => self.create_state()?,
        };
        work(&mut state, self.threads.get()).map_err(|_| failure(what_fails))?;
        if self.encoder.as_ref().is_some_and(OwnEncoder::take_failure) {
            return Err(failure("the encoder failed"));
        }
        Ok(self.state.insert(state))
    }

    fn create_state(&self) -> Result<WhisperState, TranscribeError> {
        let create = || self.context.create_state();
        let state = match &self.encoder {
            Some(encoder) => encoder.offer(create),
            None => create(),
        };
        state.map_err(|_| failure("no memory for its state"))
    }
}

impl Network for Ggml {
    fn listen(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        let listen = |state: &mut WhisperState, threads| state.pcm_to_mel(samples, threads);
        self.compute("no spectrum of the audio", listen).map(drop)
    }

    fn encode(&mut self, frame: usize) -> Result<(), TranscribeError> {
        self.compute("the encoder failed", |state, threads| state.encode(frame, threads)).map(drop)
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        let tokens: Vec<WhisperTokenId> = tokens.iter().map(|token| token.cast_signed()).collect();
        let decode = |state: &mut WhisperState, threads| {
            // whisper.cpp computes the logits of the last token only, and whisper-rs tells those
            // of the first: the last one goes alone.
            let (before, last) = tokens.split_at(tokens.len().saturating_sub(1));
            if !before.is_empty() {
                state.decode(before, past, threads)?;
            }
            state.decode(last, past + before.len(), threads)
        };
        let state = self.compute("the decoder failed", decode)?;
        state.get_logits().map_err(|_| failure("the decoder failed"))
    }

    fn set_threads(&mut self, threads: NonZeroUsize) {
        // A state keeps the encoder that it was made with.
        self.state = None;
        self.encoder = self.encoder.as_ref().map(|encoder| encoder.with_threads(threads));
        self.threads = threads;
    }

    fn kernel(&self) -> &'static str {
        self.encoder.as_ref().map_or("whisper.cpp", OwnEncoder::kernel)
    }

    fn parts(&self) -> Parts {
        let (passes, encoder) = self.encoder.as_ref().map(OwnEncoder::taken).unwrap_or_default();
        Parts { passes, encoder, products: time_of_products() }
    }
}

fn failure(reason: &str) -> TranscribeError {
    TranscribeError::Engine { reason: reason.to_owned() }
}
