//! Following all runs at once, each whenever it changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::run::Run;
use crate::runner::Shared;
use crate::{RunId, RunSnapshot, RunState};

/// A run that goes on is told this often at most, however fast it does: people read no faster.
/// How it begins and ends is told at once.
const PACE: Duration = Duration::from_millis(500);

/// Reads all runs at its own pace, each as it is when it is read.
///
/// It holds no event, and of runs only those that had not ended when they were told: one that is
/// too slow finds what lies between left out, and each end once. No run ever waits for it.
#[derive(Debug)]
pub struct RunsFollower {
    shared: Arc<Shared>,
    /// The number of the latest change of any run.
    latest: watch::Receiver<u64>,
    /// Runs that were told and had not ended by then. There are as many as may wait, and one.
    open: BTreeMap<RunId, Told>,
    /// Runs whose last change is this or an earlier one need not be told any more.
    ended_until: u64,
}

/// How a run was when it was told.
#[derive(Debug)]
struct Told {
    run: Arc<Run>,
    change: u64,
    state: RunState,
    at: Instant,
}

/// What there is to tell.
enum News {
    /// This run, now.
    Now(Arc<Run>),
    /// Something, at this time.
    At(Instant),
    /// Nothing yet.
    Nothing,
}

impl RunsFollower {
    /// Begins with the runs that have not ended and the `recent` that ended last.
    pub(crate) fn new(shared: Arc<Shared>, recent: usize) -> Self {
        let latest = shared.changes();
        let (runs, _) = shared.every_run();
        let ended = runs.iter().filter(|run| run.state().is_ended());
        let mut ends: Vec<u64> = ended.map(|run| run.change()).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let ended_until = ends.get(recent).copied().unwrap_or(0);
        Self { shared, latest, open: BTreeMap::new(), ended_until }
    }

    /// A run that changed, as it is now; waits for one. `None` once the runner is shut down and
    /// every end was read.
    ///
    /// May be dropped and asked again: nothing is lost.
    pub async fn next(&mut self) -> Option<RunSnapshot> {
        loop {
            // Seen before the runs are: what comes in between ends the wait below at once.
            self.latest.mark_unchanged();
            let (runs, is_over) = self.shared.every_run();
            let due = match self.news(&runs) {
                News::Now(run) => return Some(self.tell(run)),
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
                // The sender lives as long as the runner, which is held here.
                changed = self.latest.changed() => changed.ok()?,
                () = waiting => {}
            }
        }
    }

    /// What is to be told of `runs`, and of those that are not kept any more and whose end was
    /// not read; the oldest change first.
    fn news(&self, runs: &[Arc<Run>]) -> News {
        let now = Instant::now();
        let (mut first, mut earliest): (Option<(u64, &Arc<Run>)>, Option<Instant>) = (None, None);
        for run in runs.iter().chain(self.open.values().map(|told| &told.run)) {
            // Read before the state, so that a change in between is told once more.
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

    /// When a run is to be told; `None` where it was.
    fn due(&self, run: &Run, change: u64, now: Instant) -> Option<Instant> {
        match self.open.get(&run.id) {
            Some(told) if change <= told.change => None,
            Some(told) if run.state() == told.state => Some(told.at + PACE),
            None if change <= self.ended_until && run.state().is_ended() => None,
            _ => Some(now),
        }
    }

    fn tell(&mut self, run: Arc<Run>) -> RunSnapshot {
        let (snapshot, change) = run.snapshot_and_change();
        let state = snapshot.state;
        if state.is_ended() {
            self.open.remove(&run.id);
            self.ended_until = self.ended_until.max(change);
        } else {
            self.open.insert(run.id, Told { run, change, state, at: Instant::now() });
        }
        snapshot
    }
}
