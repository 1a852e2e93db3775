//! The sum of what recordings took, and its cost.

use std::time::Duration;

use crate::domain::{Effort, Measured};

/// Total effort of some recordings.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs {
    /// Number of recordings.
    pub recordings: u64,
    /// Number of those whose effort is not known. They count in `audio` and `speech`, and in
    /// nothing else here.
    pub unknown: u64,
    /// Length of all of them.
    pub audio: Duration,
    /// Length of the parts that the engine was given.
    pub speech: Duration,
    /// Time that transcribing took.
    pub work: Duration,
    /// Processor time that transcribing took.
    pub cpu: Duration,
    /// Length of those whose effort is known.
    pub measured_audio: Duration,
    /// Spread of their real time factors; `None` if there is none.
    pub rtf: Option<RtfRanks>,
}

/// Ranks of real time factors: the time that transcribing took, divided by the length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RtfRanks {
    /// Factor that half of the recordings do not exceed.
    pub p50: f64,
    /// Factor that all but a twentieth of the recordings do not exceed.
    pub p95: f64,
}

/// Adds recordings up. It grows by one number for each.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    costs: Costs,
    factors: Vec<f64>,
}

impl Tally {
    /// Adds a recording.
    pub fn add(&mut self, measured: &Measured) {
        let Measured { audio, speech, effort, .. } = measured;
        self.costs.recordings += 1;
        self.costs.audio = self.costs.audio.saturating_add(*audio);
        self.costs.speech = self.costs.speech.saturating_add(*speech);
        let Some(effort) = effort else {
            self.costs.unknown += 1;
            return;
        };
        self.costs.work = self.costs.work.saturating_add(effort.wall);
        self.costs.cpu = self.costs.cpu.saturating_add(effort.cpu);
        self.costs.measured_audio = self.costs.measured_audio.saturating_add(*audio);
        self.factors.extend(real_time_factor(effort, *audio));
    }

    /// Returns the total.
    #[must_use]
    pub fn finish(mut self) -> Costs {
        self.factors.sort_by(f64::total_cmp);
        let rank = |percent| nearest_rank(&self.factors, percent);
        let rtf = rank(50).zip(rank(95)).map(|(p50, p95)| RtfRanks { p50, p95 });
        Costs { rtf, ..self.costs }
    }
}

impl Costs {
    /// Returns the cost of the work on a machine of this price for an hour.
    #[must_use]
    pub fn at(&self, hourly_price: f64) -> f64 {
        hours(self.work) * hourly_price
    }

    /// Returns the cost for an hour of audio; `None` if none is measured.
    #[must_use]
    pub fn of_audio_hour_at(&self, hourly_price: f64) -> Option<f64> {
        let audio = hours(self.measured_audio);
        (audio > 0.0).then(|| self.at(hourly_price) / audio)
    }
}

/// Returns the time that transcribing took, divided by the recording's length; `None` if it has no
/// length.
#[must_use]
pub fn real_time_factor(effort: &Effort, audio: Duration) -> Option<f64> {
    (!audio.is_zero()).then(|| effort.wall.as_secs_f64() / audio.as_secs_f64())
}

/// Returns the smallest of these values, which are in order, that `percent` of them do not exceed.
#[must_use]
pub fn nearest_rank(sorted: &[f64], percent: u8) -> Option<f64> {
    let rank = (sorted.len() * usize::from(percent.min(100))).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn hours(time: Duration) -> f64 {
    time.as_secs_f64() / 3600.0
}
