//! What happens during a run, numbered and kept for those who follow it.

use std::time::Duration;

use jiff::Timestamp;
use watchme_core::{ObjectKey, Outcome, RecordingReport, Slot};

use crate::{RunId, RunResult, RunState};

/// Is told every event of every run as it is logged, those of the engine's worker threads too.
/// Must not block, nor ask anything of the runner: the run is held meanwhile.
pub trait RunListener: Send + Sync {
    /// Something happened in this run.
    fn heard(&self, run: RunId, event: &RunEvent);
}

/// Nobody listens.
impl RunListener for () {
    fn heard(&self, _run: RunId, _event: &RunEvent) {}
}

/// An event of a run's log.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Its number: 1 for the first of the run, then rising. Numbers are left out where progress
    /// was overtaken by later progress of the same recording.
    pub id: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: RunEvent,
}

/// What happens during a run. The last one is always [`RunEvent::Ended`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run left the queue.
    Started,
    /// The selection is read.
    Planned {
        /// How many objects will be transcribed.
        objects: usize,
    },
    /// A recording is claimed, where the store keeps claims.
    Claimed {
        /// Which.
        key: ObjectKey,
        /// Which attempt this is, from 1.
        attempt: u32,
    },
    /// A recording lies on disk.
    Fetched {
        /// Which.
        key: ObjectKey,
        /// Its size.
        size_bytes: u64,
    },
    /// A recording is transcribed as far as `done`. Only the latest of a recording is kept.
    Progress(RecordingProgress),
    /// A recording is given up: it was tried too often.
    Quarantined {
        /// Which.
        key: ObjectKey,
        /// Where its text would belong.
        slot: Slot,
    },
    /// A row is finished.
    Finished(RecordingReport),
    /// The run ended.
    Ended {
        /// How: not waiting and not running.
        state: RunState,
        /// With what.
        result: RunResult,
    },
}

/// How far a recording is transcribed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingProgress {
    /// Which.
    pub key: ObjectKey,
    /// How much audio is done.
    pub done: Duration,
    /// How much there is, where the container tells.
    pub total: Option<Duration>,
}

impl RunEvent {
    /// About how much memory what was said takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Finished(report) => weight(report),
            Self::Ended { result: Ok(report), .. } => report.recordings.iter().map(weight).sum(),
            _ => 0,
        }
    }
}

fn weight(report: &RecordingReport) -> usize {
    let Outcome::Transcribed(transcript) = &report.outcome else { return size_of_val(report) };
    let segments = transcript.segments.iter();
    let text: usize = segments.map(|segment| size_of_val(segment) + segment.text.len()).sum();
    size_of_val(report) + text
}
