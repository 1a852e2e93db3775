//! Measures transcribing a recording: the time of each stage, and the effort of the machine.

use std::time::{Duration, Instant};

use watchme_core::Effort;

use crate::audio::Summary;
use crate::decoding::{Model, NetworkTimes};
use crate::measurement::StageTimes;

/// Measures the time of each stage of one recording. Decoding the audio and running the model
/// overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StageTimer {
    /// Time of the passes: spectrogram, encoder and decoder.
    model: Duration,
    passes: u32,
    /// Times of the network before this recording.
    before: NetworkTimes,
}

impl StageTimer {
    /// Starts before the first pass of a recording.
    pub(super) fn start(model: &Model) -> Self {
        Self { model: Duration::ZERO, passes: 0, before: model.times() }
    }

    /// Runs a pass and measures it.
    pub(super) fn time_pass<T>(&mut self, decode: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let decoded = decode();
        self.model += started.elapsed();
        self.passes += 1;
        decoded
    }

    /// Returns the time of each stage.
    pub(super) fn stop(&self, model: &Model, summary: &Summary, total: Duration) -> StageTimes {
        let (before, now) = (self.before, model.times());
        StageTimes {
            audio: summary.audio,
            voiced: summary.sound.voiced,
            audio_decoding: summary.decoding,
            speech_detection: summary.finding,
            passes: self.passes,
            model: self.model,
            encoder_runs: now.encoder_runs - before.encoder_runs,
            encoder: now.encoder.saturating_sub(before.encoder),
            cross_attention: now.cross_attention.saturating_sub(before.cross_attention),
            total,
        }
    }
}

/// Logs all stages.
pub(super) fn log(times: &StageTimes) {
    tracing::debug!(
        audio_seconds = times.audio.as_secs_f64(),
        voiced_seconds = times.voiced.as_secs_f64(),
        windows = times.passes,
        decoding_seconds = times.audio_decoding.as_secs_f64(),
        finding_speech_seconds = times.speech_detection.as_secs_f64(),
        model_seconds = times.model.as_secs_f64(),
        encoder_passes = times.encoder_runs,
        encoder_seconds = times.encoder.as_secs_f64(),
        cross_products_seconds = times.cross_attention.as_secs_f64(),
        total_seconds = times.total.as_secs_f64(),
        "recording transcribed"
    );
}

/// Measures wall clock and processor time from the start of a recording.
#[derive(Debug)]
pub(super) struct EffortMeter {
    started: Instant,
    cpu: Option<Duration>,
}

impl EffortMeter {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu_time() }
    }

    /// Returns the effort until now, of the whole process: threads of the engine come and go, and
    /// the process is what the machine is paid for.
    pub(super) fn effort(&self) -> Option<Effort> {
        let cpu = cpu_time()?.saturating_sub(self.cpu?);
        Some(Effort { wall: self.started.elapsed(), cpu })
    }
}

/// Processor time of this process until now, if the system reports it.
#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_takes_wall_clock_and_processor_time() {
        let meter = EffortMeter::start();
        let before = cpu_time().unwrap();
        let mut sum = 0_u64;
        // Until the system has counted some of it.
        while cpu_time().unwrap() < before + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        let effort = meter.effort().unwrap();
        assert!(effort.cpu >= Duration::from_millis(5), "{effort:?}");
        assert!(effort.wall > Duration::ZERO, "{effort:?}");
    }
}
