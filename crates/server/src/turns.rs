//! Work that ends with its client: so much at once, and none left when the service ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// How many turns there are, and whether they are over.
#[derive(Debug)]
pub(crate) struct Turns {
    most: u32,
    left: Arc<Semaphore>,
    is_over: watch::Sender<bool>,
}

/// One of them, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    is_over: watch::Receiver<bool>,
}

impl Turns {
    pub(crate) fn new(most: u32) -> Self {
        let left = Arc::new(Semaphore::new(most as usize));
        Self { most, left, is_over: watch::Sender::new(false) }
    }

    /// A turn, where one is left.
    pub(crate) fn take(&self) -> Option<Turn> {
        let permit = self.left.clone().try_acquire_owned().ok()?;
        Some(Turn { _permit: permit, is_over: self.is_over.subscribe() })
    }

    /// Waits until all turns are given back, which those that last longer than `grace` are told
    /// to be. No turn is taken any more once this waits.
    pub(crate) async fn drain(&self, grace: Duration) {
        if timeout(grace, self.left.acquire_many(self.most)).await.is_err() {
            self.is_over.send_replace(true);
        }
    }
}

impl Turn {
    /// What `work` becomes; `None` where the turn is over before.
    pub(crate) async fn carry<T>(mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            _ = self.is_over.wait_for(|is_over| *is_over) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn there_are_so_many_and_one_given_back_is_taken_again() {
        let turns = Turns::new(1);
        let turn = turns.take().unwrap();
        assert!(turns.take().is_none());
        assert_eq!(turn.carry(ready("done")).await, Some("done"));
        assert!(turns.take().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_longer_than_the_grace_is_over() {
        let turns = Turns::new(2);
        let (turn, other) = (turns.take().unwrap(), turns.take().unwrap());
        let grace = Duration::from_secs(30);
        let (carried, drained) = tokio::join!(turn.carry(pending::<()>()), async {
            turns.drain(grace).await;
            turns.take()
        });
        assert_eq!(carried, None);
        assert!(drained.is_none(), "the other turn is not given back, and no new one is taken");
        assert_eq!(other.carry(pending::<()>()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn without_work_nothing_is_waited_for() {
        let started = tokio::time::Instant::now();
        Turns::new(2).drain(Duration::from_secs(30)).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
