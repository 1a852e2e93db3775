//! The network of a model, whoever computes it.

pub(super) mod native;
pub(super) mod whisper_cpp;

use std::num::NonZeroUsize;
use std::time::Duration;

use watchme_core::TranscribeError;

/// The number of a token in the vocabulary of a model.
pub(super) type Token = u32;

/// What parts of the model took of its time, since it was loaded: those that are computed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Parts {
    /// How often the encoder was asked.
    pub(crate) passes: u32,
    pub(crate) encoder: Duration,
    /// Large products of the decoder: the keys and values of its cross attention.
    pub(crate) products: Duration,
}

/// Computes what the decoding loop asks for, and decides nothing. An error leaves it usable: it has
/// then heard nothing yet.
pub(super) trait Network: Send {
    /// Hears these samples from now on: mono, 16 kHz, a second of them at least. Computes their
    /// spectrum.
    fn listen(&mut self, samples: &[f32]) -> Result<(), TranscribeError>;

    /// Encodes the 30 s from `frame` on, of 10 ms each; behind the samples there is silence. What
    /// was decoded before is forgotten.
    fn encode(&mut self, frame: usize) -> Result<(), TranscribeError>;

    /// The logits of the token that comes after `tokens`, one for each of the vocabulary.
    ///
    /// `tokens` are one at least, and come after the first `past` that were decoded of this
    /// encoding; what was decoded after those is forgotten.
    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError>;

    /// Computes on so many threads from now on, and has heard nothing yet.
    fn set_threads(&mut self, threads: NonZeroUsize);

    /// What computes it, for logs and checkpoints: where this differs, so may the text.
    fn kernel(&self) -> &'static str;

    /// What the parts of it that are computed here have taken so far.
    fn parts(&self) -> Parts;
}
