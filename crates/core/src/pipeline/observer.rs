//! The events of a run, as they happen.

use std::time::Duration;

use crate::domain::{ObjectKey, RecordingReport, Slot};

/// Listener to the events of a run. Called from worker threads too; must not block.
pub trait Observer: Send + Sync {
    /// Takes one event.
    fn observe(&self, event: Event<'_>);
}

/// Event of a run. Those of one recording come in the order below.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The selection is read.
    Planned {
        /// Number of objects to transcribe.
        objects: usize,
    },
    /// A recording is claimed, where the store keeps claims.
    Claimed {
        /// Recording that is claimed.
        key: &'a ObjectKey,
        /// Number of this attempt, from 1.
        attempt: u32,
    },
    /// A recording lies on disk.
    Fetched {
        /// Recording that was fetched.
        key: &'a ObjectKey,
        /// Size of the recording.
        size_bytes: u64,
    },
    /// A recording is transcribed as far as `done`.
    Progress {
        /// Recording that is being transcribed.
        key: &'a ObjectKey,
        /// Length of audio that is done.
        done: Duration,
        /// Length of the recording, where the container states it.
        total: Option<Duration>,
    },
    /// A recording is given up, where the store keeps claims: it was tried too often.
    Quarantined {
        /// Recording that is given up.
        key: &'a ObjectKey,
        /// Slot its text would belong to.
        slot: &'a Slot,
    },
    /// A row is finished.
    Finished {
        /// Result of the row.
        report: &'a RecordingReport,
    },
}

/// Ignores the events.
impl Observer for () {
    fn observe(&self, _event: Event<'_>) {}
}
