//! The bounded event log of a run. It decides which events are kept; waiting is up to the run.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use watchme_core::ObjectKey;

use crate::{LoggedEvent, RunEvent};

/// The events of a run. The oldest are dropped if there are too many.
#[derive(Debug)]
pub(crate) struct EventLog {
    kept: BTreeMap<u64, Arc<LoggedEvent>>,
    /// Number of the event with the progress of each recording, to be replaced by the next.
    progress: BTreeMap<ObjectKey, u64>,
    max_events: usize,
    last: u64,
    /// Highest number that was dropped because the log was full.
    dropped_until: u64,
    is_closed: bool,
}

/// Answer to "which event follows this number?".
#[derive(Debug, Clone)]
pub(crate) enum Next {
    /// This event.
    Event(Arc<LoggedEvent>),
    /// The next events were dropped, or the number was never assigned; kept events follow this
    /// number.
    Gap { resumed_after: u64 },
    /// Nothing yet.
    Nothing,
    /// Nothing, and no event will follow.
    Closed,
}

impl EventLog {
    pub(crate) fn new(max_events: usize) -> Self {
        Self {
            kept: BTreeMap::new(),
            progress: BTreeMap::new(),
            max_events,
            last: 0,
            dropped_until: 0,
            is_closed: false,
        }
    }

    /// Appends an event and returns its number. Drops progress that it replaces, and the oldest
    /// event if the log is full.
    pub(crate) fn push(&mut self, at: Timestamp, event: RunEvent) -> u64 {
        self.last += 1;
        let id = self.last;
        match &event {
            RunEvent::Progress(progress) => {
                if let Some(overtaken) = self.progress.insert(progress.key.clone(), id) {
                    self.kept.remove(&overtaken);
                }
            }
            RunEvent::Finished(report) => {
                self.progress.retain(|key, _| key.as_str() != report.label);
            }
            RunEvent::Ended { .. } => self.is_closed = true,
            _ => {}
        }
        self.kept.insert(id, Arc::new(LoggedEvent { id, at, event }));
        // The last event, which tells how the run ended, is always kept.
        while self.kept.len() > self.max_events.max(1) {
            self.drop_oldest();
        }
        id
    }

    /// The event after number `after`; 0 is before the first.
    pub(crate) fn next(&self, after: u64) -> Next {
        if after > self.last {
            return Next::Gap { resumed_after: 0 };
        }
        if after < self.dropped_until {
            return Next::Gap { resumed_after: self.dropped_until };
        }
        let mut following = self.kept.range((Bound::Excluded(after), Bound::Unbounded));
        match following.next() {
            Some((_, event)) => Next::Event(event.clone()),
            None if self.is_closed => Next::Closed,
            None => Next::Nothing,
        }
    }

    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Approximate memory taken by the texts of the events, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.kept.values().map(|logged| logged.event.weight()).sum()
    }

    fn drop_oldest(&mut self) {
        let Some((id, dropped)) = self.kept.pop_first() else { return };
        self.dropped_until = id;
        if let RunEvent::Progress(progress) = &dropped.event {
            self.progress.remove(&progress.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::RecordingProgress;

    fn log_of(max_events: usize, events: impl IntoIterator<Item = RunEvent>) -> EventLog {
        let mut log = EventLog::new(max_events);
        for event in events {
            log.push(Timestamp::UNIX_EPOCH, event);
        }
        log
    }

    fn progress(key: &str, seconds: u64) -> RunEvent {
        let done = Duration::from_secs(seconds);
        RunEvent::Progress(RecordingProgress { key: key.parse().unwrap(), done, total: None })
    }

    fn fetched(count: usize) -> impl Iterator<Item = RunEvent> {
        (0..count)
            .map(|size| RunEvent::Fetched { key: "a".parse().unwrap(), size_bytes: size as u64 })
    }

    /// Numbers of the following events; a gap appears as the negated number it leads to.
    fn numbers(log: &EventLog, mut after: u64) -> Vec<i64> {
        let mut numbers = Vec::new();
        loop {
            match log.next(after) {
                Next::Event(event) => {
                    after = event.id;
                    numbers.push(event.id.cast_signed());
                }
                Next::Gap { resumed_after } => {
                    after = resumed_after;
                    numbers.push(-resumed_after.cast_signed());
                }
                Next::Nothing | Next::Closed => return numbers,
            }
        }
    }

    #[test]
    fn progress_is_overtaken_by_progress_of_the_same_recording_only() {
        let log =
            log_of(9, [progress("a", 1), progress("b", 1), progress("a", 2), progress("a", 3)]);
        assert_eq!(numbers(&log, 0), [2, 4]);
        assert_eq!(numbers(&log, 1), [2, 4]);
        assert_eq!(numbers(&log, 2), [4]);
        assert_eq!(log.last(), 4);
    }

    #[test]
    fn progress_without_end_takes_no_room() {
        let log = log_of(9, (0..100_000).map(|seconds| progress("a", seconds)));
        assert_eq!((log.kept.len(), log.progress.len()), (1, 1));
        assert_eq!(numbers(&log, 5), [100_000]);
    }

    #[test]
    fn events_without_end_take_no_room_and_leave_a_gap_that_is_told() {
        let log = log_of(3, fetched(10));
        assert_eq!(log.kept.len(), 3);
        assert_eq!(numbers(&log, 0), [-7, 8, 9, 10]);
        assert_eq!(numbers(&log, 6), [-7, 8, 9, 10]);
        assert_eq!(numbers(&log, 7), [8, 9, 10]);
        assert_eq!(numbers(&log, 10), [0; 0]);
    }

    #[test]
    fn dropped_progress_is_forgotten() {
        let many = (0..100).map(|n| progress(&n.to_string(), 1));
        let log = log_of(3, many);
        assert_eq!((log.kept.len(), log.progress.len()), (3, 3));
    }

    #[test]
    fn a_number_that_was_never_given_leads_to_the_beginning() {
        assert_eq!(numbers(&log_of(9, fetched(2)), 3), [0, 1, 2]);
    }

    #[test]
    fn the_end_closes_the_log_and_is_always_kept() {
        let state = crate::RunState::Failed;
        let result = Err(Arc::new(crate::RunError::Panicked));
        let mut log = log_of(0, fetched(2));
        assert!(matches!(log.next(2), Next::Nothing));
        log.push(Timestamp::UNIX_EPOCH, RunEvent::Ended { state, result });
        assert_eq!(numbers(&log, 2), [3]);
        assert!(matches!(log.next(3), Next::Closed));
    }
}
