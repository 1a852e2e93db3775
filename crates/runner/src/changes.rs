//! A counter of changes across all runs, which followers of all runs wait on.

use std::sync::Arc;

use tokio::sync::watch;

/// Numbers the changes of all runs of a runner, starting at 1. Clones share the counter.
#[derive(Debug, Clone)]
pub(crate) struct Changes(Arc<watch::Sender<u64>>);

impl Changes {
    /// Numbers a change. `keep` receives the number before any subscriber is woken.
    pub(crate) fn note(&self, keep: impl FnOnce(u64)) {
        self.0.send_modify(|latest| {
            *latest += 1;
            keep(*latest);
        });
    }

    /// Subscribes to the number of the latest change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}
