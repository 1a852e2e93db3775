//! Measurements of transcribing a recording, for benchmarks.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The configuration of the loaded model, and the time of each stage of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement {
    /// Kernel of the encoder's matrix products.
    pub kernel: &'static str,
    /// Threads of the model.
    pub threads: NonZeroUsize,
    /// Time of each stage.
    pub times: StageTimes,
}

/// Time of each stage of one recording. Decoding the audio overlaps with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageTimes {
    /// Length of the recording.
    pub audio: Duration,
    /// Length of the speech in it.
    pub voiced: Duration,
    /// Decoding and resampling the audio.
    pub audio_decoding: Duration,
    /// Voice activity detection.
    pub speech_detection: Duration,
    /// Passes of the model.
    pub passes: u32,
    /// All passes: spectrogram, encoder and decoder.
    pub model: Duration,
    /// Runs of the encoder. 0 if whisper.cpp computes the model, which does not report its stages.
    pub encoder_runs: u32,
    /// All runs of the encoder.
    pub encoder: Duration,
    /// Keys and values of the decoder's cross attention.
    pub cross_attention: Duration,
    /// All stages, on the wall clock.
    pub total: Duration,
}

/// A processor, as far as this process may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processor {
    /// Name given by its maker. May be empty.
    pub name: String,
    /// Cores that this process may use at once, by its affinity and its CPU quota.
    pub cores: NonZeroUsize,
}

impl StageTimes {
    /// Time of the encoder, if it is known.
    #[must_use]
    pub fn encoder(&self) -> Option<Duration> {
        (self.encoder_runs > 0).then_some(self.encoder)
    }

    /// Time of the decoder and the spectrogram, if it is known: the model without the encoder.
    #[must_use]
    pub fn decoder(&self) -> Option<Duration> {
        self.encoder().map(|encoder| self.model.saturating_sub(encoder))
    }
}
