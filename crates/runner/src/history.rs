//! The runs that ended, as many as there is room for.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::RunId;
use crate::run::Run;

/// Ended runs, the oldest dropped where there are too many or they hold too much.
#[derive(Debug)]
pub(crate) struct History {
    /// Each with its weight, in the order of their end.
    runs: VecDeque<(Arc<Run>, usize)>,
    max_runs: usize,
    max_bytes: usize,
}

impl History {
    pub(crate) fn new(max_runs: usize, max_bytes: usize) -> Self {
        Self { runs: VecDeque::new(), max_runs, max_bytes }
    }

    /// Takes in a run that ended. The latest is kept however much it holds.
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
