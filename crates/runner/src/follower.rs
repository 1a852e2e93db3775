//! Follows one run from any of its events.

use std::sync::Arc;

use tokio::sync::watch;

use crate::LoggedEvent;
use crate::event_log::Next;
use crate::run::Run;

/// Reads the events of a run at its own pace: first those that are kept, then new ones as they
/// come.
///
/// It buffers nothing: a slow follower misses progress that was replaced by later progress, and
/// gets a gap if events were dropped. The run never waits for it.
#[derive(Debug)]
pub struct Follower {
    run: Arc<Run>,
    /// The number of the latest event of the run.
    latest: watch::Receiver<u64>,
    after: u64,
}

/// Item read by a follower.
#[derive(Debug, Clone)]
pub enum Followed {
    /// An event.
    Event(Arc<LoggedEvent>),
    /// Events after `asked_after` are no longer kept, or the run has no event with that number.
    /// The kept ones follow, with numbers above `resumed_after`.
    Gap {
        /// Number that the follower had reached.
        asked_after: u64,
        /// Number from which it continues.
        resumed_after: u64,
    },
}

impl Follower {
    pub(crate) fn new(run: Arc<Run>, after: u64) -> Self {
        let latest = run.latest_event();
        Self { run, latest, after }
    }

    /// True if the run has ended and its end was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        matches!(self.run.event_after(self.after), Next::Closed)
    }

    /// Waits for the next item. `None` after the end of the run.
    ///
    /// Cancel safe: if the future is dropped, nothing is lost.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            // Marked before the log is read: an event that arrives in between ends the wait below
            // at once.
            self.latest.mark_unchanged();
            match self.run.event_after(self.after) {
                Next::Event(event) => {
                    self.after = event.id;
                    return Some(Followed::Event(event));
                }
                Next::Gap { resumed_after } => {
                    let asked_after = std::mem::replace(&mut self.after, resumed_after);
                    return Some(Followed::Gap { asked_after, resumed_after });
                }
                Next::Closed => return None,
                // The sender lives as long as the run, which `self` holds.
                Next::Nothing => self.latest.changed().await.ok()?,
            }
        }
    }
}
