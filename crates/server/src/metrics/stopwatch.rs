//! Time that transcribing each recording took, derived from the events of its run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use watchme_core::ObjectKey;

/// Times of the recordings that are fetched and not saved yet.
///
/// Recordings are transcribed one after the other. The first event of one is its progress, which
/// comes after a while; work began when the recording was on disk and the one before was done.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    laps: BTreeMap<String, Lap>,
    /// Time at which the engine was last busy with another recording.
    busy_until: Option<Instant>,
}

#[derive(Debug)]
struct Lap {
    fetched: Instant,
    /// Start and latest end of the transcription, if known.
    worked: Option<(Instant, Instant)>,
}

impl Stopwatch {
    /// Forgets everything at the start of a run: a cancelled one may have left something.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(super) fn fetched(&mut self, key: &ObjectKey, now: Instant) {
        self.laps.insert(key.to_string(), Lap { fetched: now, worked: None });
    }

    pub(super) fn advanced(&mut self, key: &ObjectKey, now: Instant) {
        if let Some(lap) = self.laps.get_mut(key.as_str()) {
            let began = self.busy_until.map_or(lap.fetched, |busy| busy.max(lap.fetched));
            let began = lap.worked.map_or(began, |(began, _)| began);
            lap.worked = Some((began, now));
        }
        self.busy_until = Some(now);
    }

    /// Returns how long the recording was transcribed; `None` if it was not, or is asked again.
    pub(super) fn finished(&mut self, label: &str, now: Instant) -> Option<Duration> {
        self.busy_until = Some(now);
        let (began, ended) = self.laps.remove(label)?.worked?;
        Some(ended.saturating_duration_since(began))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// Follows the events of a run, each at its second.
    struct Run {
        watch: Stopwatch,
        start: Instant,
    }

    impl Run {
        fn new() -> Self {
            Self { watch: Stopwatch::default(), start: Instant::now() }
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }

        fn fetched(&mut self, name: &str, second: u64) -> &mut Self {
            let now = self.at(second);
            self.watch.fetched(&name.parse().unwrap(), now);
            self
        }

        fn advanced(&mut self, name: &str, second: u64) -> &mut Self {
            let now = self.at(second);
            self.watch.advanced(&name.parse().unwrap(), now);
            self
        }

        fn finished(&mut self, name: &str, second: u64) -> Option<u64> {
            let now = self.at(second);
            self.watch.finished(name, now).map(|took| took.as_secs())
        }
    }

    #[test]
    fn a_recording_is_timed_from_its_fetch_to_its_last_progress() {
        let mut run = Run::new();
        run.fetched("a", 5).advanced("a", 8).advanced("a", 12);
        assert_eq!(run.finished("a", 20), Some(7));
    }

    #[test]
    fn one_fetched_ahead_is_timed_from_the_end_of_the_one_before() {
        let mut run = Run::new();
        run.fetched("a", 0).fetched("b", 1).advanced("a", 10);
        assert_eq!(run.finished("a", 14), Some(10));
        run.advanced("b", 16);
        assert_eq!(run.finished("b", 17), Some(2));
    }

    #[test]
    fn recordings_of_one_slot_finish_together_and_are_timed_apart() {
        let mut run = Run::new();
        run.fetched("a", 0).fetched("b", 1).advanced("a", 10).advanced("b", 30);
        assert_eq!((run.finished("a", 40), run.finished("b", 40)), (Some(10), Some(20)));
    }

    #[test]
    fn what_was_not_transcribed_has_no_time_and_no_time_is_told_twice() {
        let mut run = Run::new();
        assert_eq!(run.finished("missing", 1), None);
        assert_eq!(run.fetched("a", 1).finished("a", 2), None);
        run.fetched("b", 2).advanced("b", 3);
        assert_eq!((run.finished("b", 3), run.finished("b", 3)), (Some(1), None));
    }

    #[test]
    fn a_run_that_was_cancelled_leaves_nothing() {
        let mut run = Run::new();
        run.fetched("a", 0).advanced("a", 10);
        run.watch.reset();
        run.fetched("a", 3).advanced("a", 5);
        assert_eq!(run.finished("a", 6), Some(2));
        assert!(run.watch.laps.is_empty());
    }
}
