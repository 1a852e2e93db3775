//! Slots for work that ends with its client: a bounded number at once, and none once the service
//! has shut down.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// A fixed number of slots, and the signal that ends the work in them.
#[derive(Debug)]
pub(crate) struct UploadSlots {
    count: u32,
    free: Arc<Semaphore>,
    is_over: watch::Sender<bool>,
}

/// One slot, held until it is dropped.
#[derive(Debug)]
pub(crate) struct UploadSlot {
    _permit: OwnedSemaphorePermit,
    is_over: watch::Receiver<bool>,
}

impl UploadSlots {
    pub(crate) fn new(count: u32) -> Self {
        let free = Arc::new(Semaphore::new(count as usize));
        Self { count, free, is_over: watch::Sender::new(false) }
    }

    /// Acquires a slot if one is free.
    pub(crate) fn try_acquire(&self) -> Option<UploadSlot> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        Some(UploadSlot { _permit: permit, is_over: self.is_over.subscribe() })
    }

    /// Waits until all slots are free, and after `grace` stops the work that still holds one. No
    /// slot can be acquired from the moment this begins to wait.
    pub(crate) async fn drain(&self, grace: Duration) {
        if timeout(grace, self.free.acquire_many(self.count)).await.is_err() {
            self.is_over.send_replace(true);
        }
    }
}

impl UploadSlot {
    /// Runs `work` in this slot. Returns `None` if the service ends first.
    pub(crate) async fn run<T>(mut self, work: impl Future<Output = T>) -> Option<T> {
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
        let slots = UploadSlots::new(1);
        let slot = slots.try_acquire().unwrap();
        assert!(slots.try_acquire().is_none());
        assert_eq!(slot.run(ready("done")).await, Some("done"));
        assert!(slots.try_acquire().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_longer_than_the_grace_is_over() {
        let slots = UploadSlots::new(2);
        let (slot, other) = (slots.try_acquire().unwrap(), slots.try_acquire().unwrap());
        let grace = Duration::from_secs(30);
        let (result, late) = tokio::join!(slot.run(pending::<()>()), async {
            slots.drain(grace).await;
            slots.try_acquire()
        });
        assert_eq!(result, None);
        assert!(late.is_none(), "the other slot is not given back, and no new one is taken");
        assert_eq!(other.run(pending::<()>()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn without_work_nothing_is_waited_for() {
        let started = tokio::time::Instant::now();
        UploadSlots::new(2).drain(Duration::from_secs(30)).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
