//! Events of a run, numbered and kept for followers.

use std::time::Duration;

use jiff::Timestamp;
use watchme_core::{ObjectKey, Outcome, RecordingReport, Slot};

use crate::{RunId, RunResult, RunState};

/// Receives every event of every run as it is logged, also from the engine's worker threads.
/// Must not block or call the runner: the run is locked meanwhile.
pub trait RunListener: Send + Sync {
    /// Receives an event of this run.
    fn heard(&self, run: RunId, event: &RunEvent);
}

/// Ignores all events.
impl RunListener for () {
    fn heard(&self, _run: RunId, _event: &RunEvent) {}
}

/// An event of a run's log.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Number of the event, starting at 1. Numbers are skipped if progress was replaced by later
    /// progress of the same recording.
    pub id: u64,
    /// Time of the event.
    pub at: Timestamp,
    /// The event itself.
    pub event: RunEvent,
}

/// Something that happens during a run. The last event is always [`RunEvent::Ended`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run started.
    Started,
    /// The rows of the selection were read.
    Planned {
        /// Number of objects to transcribe.
        objects: usize,
    },
    /// A recording was claimed. Sent only if the store supports claims.
    Claimed {
        /// Its object key.
        key: ObjectKey,
        /// Number of the attempt, starting at 1.
        attempt: u32,
    },
    /// A recording was fetched to disk.
    Fetched {
        /// Its object key.
        key: ObjectKey,
        /// Size of the file.
        size_bytes: u64,
    },
    /// Progress within a recording. Only the latest for each recording is kept.
    Progress(RecordingProgress),
    /// A recording was given up after too many attempts.
    Quarantined {
        /// Its object key.
        key: ObjectKey,
        /// The slot that its text would belong to.
        slot: Slot,
    },
    /// A row was finished.
    Finished(RecordingReport),
    /// The run ended.
    Ended {
        /// Final state: not waiting and not running.
        state: RunState,
        /// Report or error.
        result: RunResult,
    },
}

/// Progress within a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingProgress {
    /// Its object key.
    pub key: ObjectKey,
    /// Audio transcribed so far.
    pub done: Duration,
    /// Length of the audio, if the container states it.
    pub total: Option<Duration>,
}

impl RunEvent {
    /// Approximate memory taken by the texts of the event, in bytes.
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
