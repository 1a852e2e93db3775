//! Builds a runner.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use watchme_core::{Claiming, Observer, Pipeline};

use super::{Listener, Runner, Shared, State, Watcher};
use crate::changes::Changes;
use crate::history::History;
use crate::{Bounds, RunListener};

/// Builds a [`Runner`].
#[derive(Debug)]
pub struct RunnerBuilder {
    pipeline: Pipeline,
    claiming: Option<(Claiming, Duration)>,
    watcher: Watcher,
    listener: Listener,
    bounds: Bounds,
}

impl RunnerBuilder {
    pub(super) fn new(pipeline: Pipeline) -> Self {
        let (watcher, listener) = (Watcher(Arc::new(())), Listener(Arc::new(())));
        Self { pipeline, claiming: None, watcher, listener, bounds: Bounds::default() }
    }

    /// Sets the limits on what is held in memory.
    #[must_use]
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Sets an observer of the pipeline events of every run.
    #[must_use]
    pub fn watched_by(self, watcher: Arc<dyn Observer>) -> Self {
        Self { watcher: Watcher(watcher), ..self }
    }

    /// Sets a listener to the logged events of every run, including its end.
    #[must_use]
    pub fn heard_by(self, listener: Arc<dyn RunListener>) -> Self {
        Self { listener: Listener(listener), ..self }
    }

    /// Makes runs claim recordings, so that other processes may work on the same store. While the
    /// store cannot be reached, a finished text is offered to it again for up to `patience`.
    #[must_use]
    pub fn claiming(self, claiming: Claiming, patience: Duration) -> Self {
        Self { claiming: Some((claiming, patience)), ..self }
    }

    /// Creates the runner.
    #[must_use]
    pub fn build(self) -> Runner {
        let Self { pipeline, claiming, watcher, listener, bounds } = self;
        let ended = History::new(bounds.kept_runs, bounds.kept_bytes);
        let state = State { running: None, waiting: VecDeque::new(), ended, draining: false };
        let (state, idle) = (Mutex::new(state), watch::Sender::new(true));
        let changes = Changes::default();
        let shared = Shared { pipeline, claiming, watcher, listener, bounds, state, idle, changes };
        Runner { shared: Arc::new(shared) }
    }
}
