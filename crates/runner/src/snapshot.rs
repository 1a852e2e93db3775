//! A run at one moment.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{RecordingProgress, Request, RunError, RunId, RunResult};

/// A run at one moment.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    /// Its id.
    pub id: RunId,
    /// What was asked for.
    pub request: Arc<Request>,
    /// How far it is.
    pub state: RunState,
    /// When it was asked for.
    pub accepted_at: Timestamp,
    /// When it left the queue; `None` where it did not.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it did so far.
    pub progress: RunProgress,
    /// The number of its latest event, 0 where there is none yet.
    pub last_event: u64,
    /// What came of it, once it ended.
    pub result: Option<RunResult>,
}

/// How far a run is. The names are part of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Other runs go first.
    Waiting,
    /// It is under way.
    Running,
    /// It ended with a report, in which recordings may have failed.
    Finished,
    /// It was cancelled, by request or by a shutdown.
    Cancelled,
    /// It ended without a report.
    Failed,
}

/// What a run did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// How many objects are transcribed in all, once the selection is read.
    pub objects: Option<usize>,
    /// Rows that are completed.
    pub completed: usize,
    /// Rows that failed.
    pub failed: usize,
    /// The recording that is transcribed.
    pub current: Option<RecordingProgress>,
}

impl RunState {
    /// The name on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }
}

impl From<&RunResult> for RunState {
    fn from(result: &RunResult) -> Self {
        match result.as_deref() {
            Ok(_) => Self::Finished,
            Err(error) if matches!(**error, RunError::Cancelled | RunError::Withdrawn) => {
                Self::Cancelled
            }
            Err(_) => Self::Failed,
        }
    }
}
