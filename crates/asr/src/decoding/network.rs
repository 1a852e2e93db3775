//! The network of a model, with one interface for both implementations.

pub(super) mod native;
#[cfg(feature = "whisper-cpp")]
pub(super) mod whisper_cpp;

use std::num::NonZeroUsize;
use std::time::Duration;

use watchme_core::TranscribeError;

/// Number of a token in the vocabulary of a model.
pub(super) type Token = u32;

/// Computes what the decoding loop asks for, and decides nothing.
///
/// After an error the network is still usable, but has no audio until the next `set_audio`.
pub(super) trait Network: Send {
    /// Computes the mel spectrogram of `samples`: mono, 16 kHz, at least one second.
    fn set_audio(&mut self, samples: &[f32]) -> Result<(), TranscribeError>;

    /// Encodes at least `count` frames of the spectrogram from `frame` on, with silence after its end, and
    /// returns how many: at most 30 s. Forgets all tokens that were decoded before.
    fn encode(&mut self, frame: usize, count: usize) -> Result<usize, TranscribeError>;

    /// Decodes at least one token and returns the logits of the next one. `[vocabulary]`
    ///
    /// `tokens` follow the first `past` tokens decoded since the last `encode`; any decoded after
    /// those are forgotten.
    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError>;

    /// Most hypotheses that [`Network::decode_beam`] continues at once: 1 where there is none.
    fn max_hypotheses(&self) -> usize;

    /// Continues hypotheses by one token each and returns the logits after each.
    /// `[tokens.len(), vocabulary]`
    ///
    /// Hypothesis `i` is what hypothesis `parents[i]` of the call before was, its first `past` tokens,
    /// and `tokens[i]`. What `decode` was given is hypothesis 0.
    fn decode_beam(
        &mut self,
        tokens: &[Token],
        parents: &[usize],
        past: usize,
    ) -> Result<&[f32], TranscribeError>;

    /// Sets the number of threads. The network has no audio afterwards.
    fn set_threads(&mut self, threads: NonZeroUsize);

    /// Name of the arithmetic, for logs and checkpoints: another one may give another text.
    fn kernel(&self) -> &'static str;

    /// Time that its stages have taken since it was loaded, as far as they are measured.
    fn times(&self) -> NetworkTimes;
}

/// Time that stages of the native network have taken since it was loaded; zero for whisper.cpp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NetworkTimes {
    /// Runs of the encoder.
    pub(crate) encoder_runs: u32,
    pub(crate) encoder: Duration,
    /// Keys and values of the decoder's cross attention, computed once for each run of the encoder.
    pub(crate) cross_attention: Duration,
}
