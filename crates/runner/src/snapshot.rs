//! The state of a run at one moment.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{RecordingProgress, Request, RunError, RunId, RunResult};

/// The state of a run at one moment.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    /// Id of the run.
    pub id: RunId,
    /// The request.
    pub request: Arc<Request>,
    /// Its state.
    pub state: RunState,
    /// Time of the request.
    pub accepted_at: Timestamp,
    /// Time at which it started. `None` if it has not.
    pub started_at: Option<Timestamp>,
    /// Time at which it ended.
    pub ended_at: Option<Timestamp>,
    /// Its progress.
    pub progress: RunProgress,
    /// Number of its latest event, 0 if there is none yet.
    pub last_event: u64,
    /// Its result, once it has ended.
    pub result: Option<RunResult>,
}

/// State of a run. The names are part of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Other runs come first.
    Waiting,
    /// It is running.
    Running,
    /// It ended with a report, in which recordings may have failed.
    Finished,
    /// It was cancelled, by request or by a shutdown.
    Cancelled,
    /// It ended without a report.
    Failed,
}

/// Progress of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// Total number of objects to transcribe, once the selection is read.
    pub objects: Option<usize>,
    /// Number of completed rows.
    pub completed: usize,
    /// Number of failed rows.
    pub failed: usize,
    /// The recording being transcribed.
    pub current: Option<RecordingProgress>,
}

impl RunState {
    /// Name on the wire and in logs.
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

    /// True if the run has ended.
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
