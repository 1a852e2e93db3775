//! Events of a scheduler.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use watchme_core::StoreError;
use watchme_core::rules::Due;

use super::Firing;

/// Receives the events of a scheduler. Must not block.
pub trait ScheduleListener: Send + Sync {
    /// Receives an event.
    fn heard(&self, event: ScheduleEvent<'_>);
}

/// Ignores all events.
impl ScheduleListener for () {
    fn heard(&self, _event: ScheduleEvent<'_>) {}
}

/// Event of a scheduler. Only one firing runs at a time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ScheduleEvent<'a> {
    /// The time of the next firing is known; `None` if there will be no more.
    Planned(Option<Timestamp>),
    /// The firing planned for this time begins.
    Began(Timestamp),
    /// The pending rows were read.
    Found(&'a Due),
    /// The firing ended.
    Ended(Result<&'a Firing, FiringError<'a>>),
}

/// Reason why a firing ended early.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[non_exhaustive]
pub enum FiringError<'a> {
    /// The pending rows could not be read.
    #[error("what is pending could not be read")]
    Store(&'a StoreError),
    /// It took longer than the shutdown's grace period. Recordings without a saved text stay pending.
    #[error("the service was shut down; what was not saved is as it was, for the next firing")]
    Cancelled,
    /// A panic in this program.
    #[error("a fault in this program, of which the log tells more; the next firing tries again")]
    Fault,
}

/// The listener, wrapped for its `Debug`.
#[derive(Clone)]
pub(super) struct Listener(pub(super) Arc<dyn ScheduleListener>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
