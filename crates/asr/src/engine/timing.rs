//! What transcribing one recording took: the time of each stage, and of the machine.

use std::time::{Duration, Instant};

use watchme_core::Effort;

use crate::audio::Summary;
use crate::decoding::{Loaded, Parts};

/// What each stage took of one recording. Decoding and hearing overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Hearing, encoder and decoder of the model together.
    model: Duration,
    windows: u32,
    /// What the parts of the model that are computed here had taken before.
    before: Parts,
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

/// Runs from the start of a recording.
#[derive(Debug)]
pub(super) struct Meter {
    started: Instant,
    cpu: Option<Duration>,
}

impl Meter {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu() }
    }

    /// What it took until now. What else the process did meanwhile is in it: threads of the engine
    /// come and go, and the process is what the machine is paid for.
    pub(super) fn effort(&self) -> Option<Effort> {
        let cpu = cpu()?.saturating_sub(self.cpu?);
        Some(Effort { wall: self.started.elapsed(), cpu })
    }
}

/// The processor time of this process until now, where the system tells.
#[cfg(unix)]
fn cpu() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

#[cfg(not(unix))]
fn cpu() -> Option<Duration> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_of_wall_and_processor() {
        let meter = Meter::start();
        let before = cpu().unwrap();
        let mut sum = 0_u64;
        // Until the system has counted some of it.
        while cpu().unwrap() < before + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        let effort = meter.effort().unwrap();
        assert!(effort.cpu >= Duration::from_millis(5), "{effort:?}");
        assert!(effort.wall > Duration::ZERO, "{effort:?}");
    }
}
