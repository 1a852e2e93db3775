//! What a scheduler tells of its firings, as they come and go.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use watchme_core::StoreError;
use watchme_core::rules::Due;

use super::Firing;

/// Is told what a scheduler does. Must not block.
pub trait ScheduleListener: Send + Sync {
    /// Something happened.
    fn heard(&self, event: ScheduleEvent<'_>);
}

/// Nobody listens.
impl ScheduleListener for () {
    fn heard(&self, _event: ScheduleEvent<'_>) {}
}

/// What happens while a schedule is kept. One firing goes on at a time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ScheduleEvent<'a> {
    /// The time of the next firing is known; `None`: there is none any more.
    Planned(Option<Timestamp>),
    /// A firing begins, whose time this was.
    Began(Timestamp),
    /// What is pending was read.
    Found(&'a Due),
    /// The firing ended.
    Ended(Result<&'a Firing, FiringError<'a>>),
}

/// Why a firing ended before its work was done.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[non_exhaustive]
pub enum FiringError<'a> {
    /// What is pending could not be read.
    #[error("what is pending could not be read")]
    Store(&'a StoreError),
    /// It took longer than a shutdown waits. What was not saved is as it was.
    #[error("the service was shut down; what was not saved is as it was, for the next firing")]
    Cancelled,
    /// A fault in this program.
    #[error("a fault in this program, of which the log tells more; the next firing tries again")]
    Fault,
}

/// Who is told.
#[derive(Clone)]
pub(super) struct Listener(pub(super) Arc<dyn ScheduleListener>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
