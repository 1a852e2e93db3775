//! Requests of callers, and the answers.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use watchme_core::{Report, Selection, StoreError, TranscribeOptions};

use crate::run::Run;
use crate::{RunSnapshot, RunState};

/// Describes a run. Two requests are equal if all their parts are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Recordings to transcribe.
    pub selection: Selection,
    /// Model and language.
    pub options: TranscribeOptions,
}

/// Result of a run. Shared, since several callers may wait for it.
pub type RunResult = Result<Arc<Report>, Arc<RunError>>;

/// Reason why a run ended without a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The rows of the selection could not be read. Nothing was started.
    #[error("the rows of the selection cannot be read")]
    Store(#[source] StoreError),
    /// The service shut down first. Saved texts stay, and the next run does the rest.
    #[error("the run was cancelled because the service shuts down; ask again once it is back")]
    Cancelled,
    /// Somebody cancelled it. Saved texts stay, and the next run does the rest.
    #[error("the run was cancelled by request; ask again to have the rest done")]
    Withdrawn,
    /// A panic in this program. The log says where.
    #[error("the run broke off at a fault in this program; its log says where")]
    Panicked,
}

/// Reason why a request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The limit of waiting runs is reached.
    #[error("{waiting} other runs are waiting already; ask again later")]
    Full {
        /// Number of waiting runs.
        waiting: usize,
    },
    /// The service is shutting down.
    #[error("the service is shutting down; ask again once it is back")]
    Draining,
}

/// Reason why a run was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCancelled {
    /// No run with this id exists or is still kept.
    #[error("there is no such run")]
    Unknown,
    /// The run had already ended.
    #[error("the run is {} already", state.as_str())]
    Ended {
        /// Its final state.
        state: RunState,
    },
}

/// A caller's handle to a run. Dropping it does not affect the run.
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

    /// The run as it was when the request was accepted.
    #[must_use]
    pub fn accepted(&self) -> &RunSnapshot {
        &self.accepted
    }

    /// True if the request joined the run of an earlier equal one.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// Waits for the run to end.
    pub async fn report(mut self) -> RunResult {
        match self.result.wait_for(Option::is_some).await {
            // It is `Some`, because that was waited for.
            Ok(result) => result.clone().unwrap_or_else(|| Err(Arc::new(RunError::Cancelled))),
            // The runner was dropped, and its runtime with it.
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
