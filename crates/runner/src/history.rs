//! Ended runs, within limits.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::RunId;
use crate::run::Run;

/// Ended runs. The oldest are dropped if there are too many or they hold too much text.
#[derive(Debug)]
pub(crate) struct History {
    /// Runs with their weights, in the order in which they ended.
    runs: VecDeque<(Arc<Run>, usize)>,
    max_runs: usize,
    max_bytes: usize,
}

impl History {
    pub(crate) fn new(max_runs: usize, max_bytes: usize) -> Self {
        Self { runs: VecDeque::new(), max_runs, max_bytes }
    }

    /// Adds a run that ended. The latest is kept whatever its weight.
    pub(crate) fn push(&mut self, run: Arc<Run>) {
        let weight = run.weight();
        self.runs.push_back((run, weight));
        while self.runs.len() > self.max_runs || (self.runs.len() > 1 && self.is_too_heavy()) {
            self.runs.pop_front();
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Run>> {
        self.runs.iter().map(|(run, _)| run)
    }

    pub(crate) fn get(&self, id: RunId) -> Option<&Arc<Run>> {
        self.iter().find(|run| run.id == id)
    }

    fn is_too_heavy(&self) -> bool {
        self.runs.iter().map(|(_, weight)| weight).sum::<usize>() > self.max_bytes
    }
}
