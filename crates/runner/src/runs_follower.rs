//! Follows all runs at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::run::Run;
use crate::runner::Shared;
use crate::{RunId, RunSnapshot, RunState};

/// Shortest time between two snapshots of a run in the same state: people read no faster. A change
/// of state is reported at once.
const PACE: Duration = Duration::from_millis(500);

/// Reads all runs at its own pace, each in its current state.
///
/// It buffers nothing but the open runs that it has reported: a slow follower misses states in
/// between, and gets each end exactly once. No run ever waits for it.
#[derive(Debug)]
pub struct RunsFollower {
    shared: Arc<Shared>,
    /// Number of the latest change of any run.
    latest: watch::Receiver<u64>,
    /// Runs that were reported before their end. At most one more than may wait.
    open: BTreeMap<RunId, Reported>,
    /// Ended runs whose last change has this or a lower number need not be reported.
    ended_until: u64,
}

/// A run, as it was last reported.
#[derive(Debug)]
struct Reported {
    run: Arc<Run>,
    change: u64,
    state: RunState,
    at: Instant,
}

/// The next thing to report.
enum News {
    /// This run, now.
    Now(Arc<Run>),
    /// A run, at this time.
    At(Instant),
    /// Nothing yet.
    Nothing,
}

impl RunsFollower {
    /// Starts with the runs that have not ended and the `recent` ones that ended last.
    pub(crate) fn new(shared: Arc<Shared>, recent: usize) -> Self {
        let latest = shared.changes();
        let (runs, _) = shared.every_run();
        let ended = runs.iter().filter(|run| run.state().is_ended());
        let mut ends: Vec<u64> = ended.map(|run| run.change()).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let ended_until = ends.get(recent).copied().unwrap_or(0);
        Self { shared, latest, open: BTreeMap::new(), ended_until }
    }

    /// Waits for a run that changed and returns its current state. `None` once the runner is shut
    /// down and every end was read.
    ///
    /// Cancel safe: if the future is dropped, nothing is lost.
    pub async fn next(&mut self) -> Option<RunSnapshot> {
        loop {
            // Marked before the runs are read: a change in between ends the wait below at once.
            self.latest.mark_unchanged();
            let (runs, is_over) = self.shared.every_run();
            let due = match self.news(&runs) {
                News::Now(run) => return Some(self.report(run)),
                News::Nothing if is_over => return None,
                News::Nothing => None,
                News::At(due) => Some(due),
            };
            let waiting = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // The sender lives as long as the runner, which `self` holds.
                changed = self.latest.changed() => changed.ok()?,
                () = waiting => {}
            }
        }
    }

    /// The oldest unreported change of `runs`, or of an open run that is no longer kept and whose
    /// end was not read.
    fn news(&self, runs: &[Arc<Run>]) -> News {
        let now = Instant::now();
        let (mut first, mut earliest): (Option<(u64, &Arc<Run>)>, Option<Instant>) = (None, None);
        for run in runs.iter().chain(self.open.values().map(|reported| &reported.run)) {
            // Read before the state, so that a change in between is reported once more.
            let change = run.change();
            let Some(due) = self.due(run, change, now) else { continue };
            if due > now {
                earliest = Some(earliest.map_or(due, |earliest| earliest.min(due)));
            } else if first.is_none_or(|(oldest, _)| change < oldest) {
                first = Some((change, run));
            }
        }
        match (first, earliest) {
            (Some((_, run)), _) => News::Now(run.clone()),
            (None, Some(due)) => News::At(due),
            (None, None) => News::Nothing,
        }
    }

    /// Time at which a run is to be reported. `None` if its latest change already was.
    fn due(&self, run: &Run, change: u64, now: Instant) -> Option<Instant> {
        match self.open.get(&run.id) {
            Some(reported) if change <= reported.change => None,
            Some(reported) if run.state() == reported.state => Some(reported.at + PACE),
            None if change <= self.ended_until && run.state().is_ended() => None,
            _ => Some(now),
        }
    }

    fn report(&mut self, run: Arc<Run>) -> RunSnapshot {
        let (snapshot, change) = run.snapshot_and_change();
        let state = snapshot.state;
        if state.is_ended() {
            self.open.remove(&run.id);
            self.ended_until = self.ended_until.max(change);
        } else {
            self.open.insert(run.id, Reported { run, change, state, at: Instant::now() });
        }
        snapshot
    }
}
