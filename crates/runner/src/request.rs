//! What a caller asks for and what comes back.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use watchme_core::{Report, Selection, StoreError, TranscribeOptions};

use crate::run::Run;
use crate::{RunSnapshot, RunState};

/// What to run. Two requests are the same when everything in them is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// What to transcribe.
    pub selection: Selection,
    /// How.
    pub options: TranscribeOptions,
}

/// How a run ended. Shared, since several callers may wait for it.
pub type RunResult = Result<Arc<Report>, Arc<RunError>>;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The rows of the selection could not be read. Nothing was begun.
    #[error("the rows of the selection cannot be read")]
    Store(#[source] StoreError),
    /// The service shut down first. What was saved stays, and the next run finishes the rest.
    #[error("the run was cancelled because the service shuts down; ask again once it is back")]
    Cancelled,
    /// Somebody cancelled it. What was saved stays, and the next run finishes the rest.
    #[error("the run was cancelled by request; ask again to have the rest done")]
    Withdrawn,
    /// A fault in this program. The log has its place.
    #[error("the run broke off at a fault in this program; its log says where")]
    Panicked,
}

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// As many runs wait as may.
    #[error("{waiting} other runs are waiting already; ask again later")]
    Full {
        /// How many.
        waiting: usize,
    },
    /// The service shuts down.
    #[error("the service is shutting down; ask again once it is back")]
    Draining,
}

/// Why a run was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCancelled {
    /// No run has this id, or none any more.
    #[error("there is no such run")]
    Unknown,
    /// It ended before.
    #[error("the run is {} already", state.as_str())]
    Ended {
        /// How.
        state: RunState,
    },
}

/// A caller's end of a run. Dropping it changes nothing for the run.
#[derive(Debug)]
pub struct RunHandle {
    accepted: RunSnapshot,
    result: watch::Receiver<Option<RunResult>>,
    joined: bool,
}

impl RunHandle {
    pub(crate) fn new(run: &Run, joined: bool) -> Self {
        Self { accepted: run.snapshot(), result: run.result(), joined }
    }

    /// The run as it was when the request was taken.
    #[must_use]
    pub fn accepted(&self) -> &RunSnapshot {
        &self.accepted
    }

    /// Whether an equal request had come before, whose run this is.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// Waits for the run to end.
    pub async fn report(mut self) -> RunResult {
        match self.result.wait_for(Option::is_some).await {
            // It is some, because that was waited for.
            Ok(result) => result.clone().unwrap_or_else(|| Err(Arc::new(RunError::Cancelled))),
            // The runner is gone, and its runtime with it.
            Err(_) => Err(Arc::new(RunError::Cancelled)),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.selection {
            Selection::Day { device, date, blocks: None } => write!(f, "{device} {date}")?,
            Selection::Day { device, date, blocks: Some(blocks) } => {
                write!(f, "{device} {date} ({} blocks)", blocks.len())?;
            }
            Selection::Objects(keys) => write!(f, "{} objects", keys.len())?,
            Selection::Pending => f.write_str("everything pending")?,
        }
        write!(f, " with {}", self.options.model)
    }
}
