//! Following a run from any of its events on.

use std::sync::Arc;

use tokio::sync::watch;

use crate::LoggedEvent;
use crate::log::Next;
use crate::run::Run;

/// Reads the events of a run at its own pace, first those that are kept, then each as it comes.
///
/// It holds no event: one that is too slow finds overtaken progress left out, and a gap where
/// events were dropped. The run never waits for it.
#[derive(Debug)]
pub struct Follower {
    run: Arc<Run>,
    /// The number of the latest event of the run.
    latest: watch::Receiver<u64>,
    after: u64,
}

/// What a follower reads next.
#[derive(Debug, Clone)]
pub enum Followed {
    /// An event.
    Event(Arc<LoggedEvent>),
    /// The events from `asked_after` on are not kept any more, or that number is none of this
    /// run's. Those that are kept follow, with numbers above `resumed_after`.
    Gap {
        /// Where the follower was.
        asked_after: u64,
        /// Where it is now.
        resumed_after: u64,
    },
}

impl Follower {
    pub(crate) fn new(run: Arc<Run>, after: u64) -> Self {
        let latest = run.latest_event();
        Self { run, latest, after }
    }

    /// Whether nothing is left to read: the run ended, and its end was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        matches!(self.run.event_after(self.after), Next::Closed)
    }

    /// What follows; waits for it. `None` once the end of the run was read.
    ///
    /// May be dropped and asked again: nothing is lost.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            // Seen before the log is read: what comes in between ends the wait below at once.
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
                // The sender lives as long as the run, which is held here.
                Next::Nothing => self.latest.changed().await.ok()?,
            }
        }
    }
}
