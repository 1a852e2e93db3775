//! The number of the latest change of any run, for which those who follow all of them wait.

use std::sync::Arc;

use tokio::sync::watch;

/// Numbers the changes of all runs of a runner, from 1 on. Clones share the numbers.
#[derive(Debug, Clone)]
pub(crate) struct Changes(Arc<watch::Sender<u64>>);

impl Changes {
    /// Numbers a change. `keep` has the number before anybody wakes up for it.
    pub(crate) fn note(&self, keep: impl FnOnce(u64)) {
        self.0.send_modify(|latest| {
            *latest += 1;
            keep(*latest);
        });
    }

    /// Wakes up whoever waits.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}
