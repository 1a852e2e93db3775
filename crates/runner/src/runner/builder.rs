//! A runner that is being put together.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use watchme_core::{Claiming, Observer, Pipeline};

use super::{Listener, Runner, Shared, State, Watcher};
use crate::changes::Changes;
use crate::history::History;
use crate::{Bounds, RunListener};

/// A [`Runner`] that is being put together.
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

    /// With other bounds than the usual ones.
    #[must_use]
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// With somebody who is told what happens in every run.
    #[must_use]
    pub fn watched_by(self, watcher: Arc<dyn Observer>) -> Self {
        Self { watcher: Watcher(watcher), ..self }
    }

    /// With somebody who is told the events of every run, its end too.
    #[must_use]
    pub fn heard_by(self, listener: Arc<dyn RunListener>) -> Self {
        Self { listener: Listener(listener), ..self }
    }

    /// With claims, so that other processes may work on the same store. A text that the store
    /// cannot take is offered again for `patience`.
    #[must_use]
    pub fn claiming(self, claiming: Claiming, patience: Duration) -> Self {
        Self { claiming: Some((claiming, patience)), ..self }
    }

    /// The runner.
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
