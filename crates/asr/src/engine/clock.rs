//! What transcribing one recording took, by stage.

use std::time::{Duration, Instant};

use super::loaded::Loaded;
use crate::audio::Summary;

/// What each stage took of one recording. Decoding and hearing overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Hearing, encoder and decoder of the model together.
    model: Duration,
    windows: u32,
    /// What the parts of the model that are computed here had taken before.
    before: Parts,
}

/// What parts of the model took of its time, since it was loaded: those that are computed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Parts {
    /// How often the encoder was asked.
    pub(super) passes: u32,
    pub(super) encoder: Duration,
    /// Large products of the decoder: the keys and values of its cross attention.
    pub(super) products: Duration,
}

impl Clock {
    /// A clock for one recording, which `model` is about to hear.
    pub(super) fn of(model: &Loaded) -> Self {
        Self { model: Duration::ZERO, windows: 0, before: model.parts() }
    }

    /// Times the model at one pass.
    pub(super) fn pass<T>(&mut self, hear: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let heard = hear();
        self.model += started.elapsed();
        self.windows += 1;
        heard
    }

    /// Logs all stages.
    pub(super) fn log(&self, model: &Loaded, summary: &Summary, total: Duration) {
        let (before, now) = (self.before, model.parts());
        tracing::debug!(
            audio_seconds = summary.audio.as_secs_f64(),
            voiced_seconds = summary.sound.voiced.as_secs_f64(),
            windows = self.windows,
            decoding_seconds = summary.decoding.as_secs_f64(),
            finding_speech_seconds = summary.finding.as_secs_f64(),
            model_seconds = self.model.as_secs_f64(),
            encoder_passes = now.passes - before.passes,
            encoder_seconds = now.encoder.saturating_sub(before.encoder).as_secs_f64(),
            cross_products_seconds = now.products.saturating_sub(before.products).as_secs_f64(),
            total_seconds = total.as_secs_f64(),
            "recording transcribed"
        );
    }
}
