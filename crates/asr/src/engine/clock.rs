//! What transcribing one recording took, by stage.

use std::time::{Duration, Instant};

use crate::audio::Summary;

/// What each stage took of one recording. Decoding and hearing overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Clock {
    /// Hearing, encoder and decoder of the model together.
    model: Duration,
    windows: u32,
}

impl Clock {
    /// Times the model at one window.
    pub(super) fn window<T>(&mut self, hear: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let heard = hear();
        self.model += started.elapsed();
        self.windows += 1;
        heard
    }

    /// Logs all stages.
    pub(super) fn log(&self, summary: &Summary, total: Duration) {
        tracing::debug!(
            audio_seconds = summary.audio.as_secs_f64(),
            voiced_seconds = summary.sound.voiced.as_secs_f64(),
            windows = self.windows,
            decoding_seconds = summary.decoding.as_secs_f64(),
            finding_speech_seconds = summary.finding.as_secs_f64(),
            model_seconds = self.model.as_secs_f64(),
            total_seconds = total.as_secs_f64(),
            "recording transcribed"
        );
    }
}
