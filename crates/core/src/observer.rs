//! What happens during a run, as it happens.

use std::time::Duration;

use crate::{ObjectKey, RecordingReport, Slot};

/// Is told what happens during a run. Called from worker threads too; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: Event<'_>);
}

/// What happens during a run. For one recording the order is as below.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The selection is read.
    Planned {
        /// How many objects will be transcribed.
        objects: usize,
    },
    /// A recording is claimed, where the store keeps claims.
    Claimed {
        /// Which.
        key: &'a ObjectKey,
        /// Which attempt this is, from 1.
        attempt: u32,
    },
    /// A recording lies on disk.
    Fetched {
        /// Which.
        key: &'a ObjectKey,
        /// Its size.
        size_bytes: u64,
    },
    /// A recording is transcribed as far as `done`.
    Progress {
        /// Which.
        key: &'a ObjectKey,
        /// How much audio is done.
        done: Duration,
        /// How much there is, where the container tells.
        total: Option<Duration>,
    },
    /// A recording is given up, where the store keeps claims: it was tried too often.
    Quarantined {
        /// Which.
        key: &'a ObjectKey,
        /// Where its text would belong.
        slot: &'a Slot,
    },
    /// A row is finished.
    Finished {
        /// What became of it.
        report: &'a RecordingReport,
    },
}

/// Nobody watches.
impl Observer for () {
    fn observe(&self, _event: Event<'_>) {}
}
