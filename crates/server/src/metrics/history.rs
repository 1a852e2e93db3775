//! History of the last 24 hours in steps of five minutes, in memory, for charts.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Length of a step, in seconds.
pub(crate) const STEP_SECONDS: i64 = 300;

/// Length of the history, in seconds: 24 hours.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// History of the service.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Without gaps, latest last. A plain mutex: it is never held across an await.
    steps: Mutex<VecDeque<Step>>,
}

/// Work done in five minutes, and the state of the service meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Start of the step.
    pub(crate) at: Timestamp,
    /// Completed recordings.
    pub(crate) recordings: u64,
    /// Failed recordings.
    pub(crate) failed: u64,
    /// Length of the transcribed recordings.
    pub(crate) audio: Duration,
    /// Length of the speech in them.
    pub(crate) speech: Duration,
    /// Time that transcribing them took.
    pub(crate) work: Duration,
    /// Number of pending rows at the latest query of the store.
    pub(crate) backlog: Option<u64>,
    /// Memory of the process at the latest query of the system.
    pub(crate) resident_bytes: Option<u64>,
}

impl History {
    /// Changes the step of `now`.
    pub(crate) fn note(&self, now: Timestamp, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.steps_until(now).back_mut() {
            change(step);
        }
    }

    /// Returns the steps of the last 24 hours until `now`, latest last.
    pub(crate) fn latest(&self, now: Timestamp) -> Vec<Step> {
        self.steps_until(now).iter().copied().collect()
    }

    /// Returns the steps up to that of `now`. If the clock was set back, the last step stays.
    fn steps_until(&self, now: Timestamp) -> MutexGuard<'_, VecDeque<Step>> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let now = beginning(now);
        let first = now.as_second() - KEPT_SECONDS + STEP_SECONDS;
        while steps.front().is_some_and(|step| step.at.as_second() < first) {
            steps.pop_front();
        }
        let after_last = steps.back().map(|last| last.at.as_second() + STEP_SECONDS);
        let mut next = after_last.unwrap_or(now.as_second());
        while next <= now.as_second() {
            steps.push_back(Step::empty(Timestamp::from_second(next).unwrap_or(now)));
            next += STEP_SECONDS;
        }
        steps
    }
}

/// Returns the time until the step of `now` ends.
pub(crate) fn until_next(now: Timestamp) -> Duration {
    let next = beginning(now).as_second() + STEP_SECONDS;
    let next = Timestamp::from_second(next).unwrap_or(now);
    Duration::try_from(next.duration_since(now)).unwrap_or_default()
}

fn beginning(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(STEP_SECONDS)).unwrap_or(now)
}

impl Step {
    fn empty(at: Timestamp) -> Self {
        Self {
            at,
            recordings: 0,
            failed: 0,
            audio: Duration::ZERO,
            speech: Duration::ZERO,
            work: Duration::ZERO,
            backlog: None,
            resident_bytes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const MAX_STEPS: usize = 288;

    fn at(text: &str) -> Timestamp {
        format!("2025-07-18T{text}Z").parse().unwrap()
    }

    fn count(history: &History, now: &str) {
        history.note(at(now), |step| step.recordings += 1);
    }

    /// When each step began that had something, and how much.
    fn counted(history: &History, now: &str) -> Vec<(String, u64)> {
        let steps = history.latest(at(now));
        let is_gapless =
            |pair: &[Step]| pair[1].at.as_second() - pair[0].at.as_second() == STEP_SECONDS;
        assert!(steps.windows(2).all(is_gapless));
        assert_eq!(steps.last().unwrap().at, beginning(at(now)));
        let counted = steps.iter().filter(|step| step.recordings > 0);
        counted.map(|step| (step.at.strftime("%H:%M").to_string(), step.recordings)).collect()
    }

    #[test]
    fn what_happens_is_counted_in_its_five_minutes() {
        let history = History::default();
        for now in ["10:00:00", "10:04:59.999", "10:05:00", "10:31:00"] {
            count(&history, now);
        }
        let expected = [("10:00", 2), ("10:05", 1), ("10:30", 1)].map(|(at, n)| (at.to_owned(), n));
        assert_eq!(counted(&history, "10:34:00"), expected);
        assert_eq!(history.latest(at("10:34:00")).len(), 7);
    }

    #[test]
    fn a_day_is_kept_and_no_more() {
        let history = History::default();
        count(&history, "00:00:00");
        count(&history, "00:05:00");
        assert_eq!(history.latest(at("23:59:59")).len(), MAX_STEPS);
        let tomorrow: Timestamp = "2025-07-19T00:04:00Z".parse().unwrap();
        let steps = history.latest(tomorrow);
        assert_eq!((steps.len(), steps[0].at), (MAX_STEPS, at("00:05:00")));
        let long_after: Timestamp = "2035-07-19T00:04:00Z".parse().unwrap();
        let steps = history.latest(long_after);
        assert!(steps.len() <= MAX_STEPS && steps.iter().all(|step| step.recordings == 0));
    }

    #[test]
    fn a_clock_that_was_set_back_loses_nothing() {
        let history = History::default();
        count(&history, "10:06:00");
        count(&history, "09:00:00");
        assert_eq!(history.latest(at("10:06:00")).last().unwrap().recordings, 2);
    }

    #[test]
    fn the_next_step_is_waited_for() {
        assert_eq!(until_next(at("10:00:00")), Duration::from_mins(5));
        assert_eq!(until_next(at("10:04:59.5")), Duration::from_millis(500));
    }
}
