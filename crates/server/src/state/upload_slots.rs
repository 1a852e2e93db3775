//! Slots for work that ends with its client: a number in all, fewer for each key, and none once the
//! service has shut down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use watchme_app::keys::KeyName;

/// A fixed number of slots, and the signal that ends the work in them.
#[derive(Debug)]
pub(crate) struct UploadSlots {
    count: u32,
    per_key: u32,
    free: Arc<Semaphore>,
    held: Arc<HeldSlots>,
    is_over: watch::Sender<bool>,
}

/// One slot, held until it is dropped.
#[derive(Debug)]
pub(crate) struct UploadSlot {
    _permit: OwnedSemaphorePermit,
    _held: HeldSlot,
    is_over: watch::Receiver<bool>,
}

/// Number of slots that each key holds. A plain mutex: it is never held across an await.
#[derive(Debug, Default)]
struct HeldSlots(Mutex<BTreeMap<KeyName, u32>>);

#[derive(Debug)]
struct HeldSlot {
    slots: Arc<HeldSlots>,
    key: KeyName,
}

impl UploadSlots {
    pub(crate) fn new(count: u32, per_key: u32) -> Self {
        let free = Arc::new(Semaphore::new(count as usize));
        let is_over = watch::Sender::new(false);
        Self { count, per_key, free, held: Arc::default(), is_over }
    }

    /// Acquires a slot for a key, if one is free.
    pub(crate) fn try_acquire(&self, key: &KeyName) -> Option<UploadSlot> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        let held = self.held.try_hold(key, self.per_key)?;
        Some(UploadSlot { _permit: permit, _held: held, is_over: self.is_over.subscribe() })
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

impl HeldSlots {
    fn try_hold(self: &Arc<Self>, key: &KeyName, limit: u32) -> Option<HeldSlot> {
        let mut counts = self.lock();
        let count = counts.entry(key.clone()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(HeldSlot { slots: self.clone(), key: key.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<KeyName, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HeldSlot {
    fn drop(&mut self) {
        if let Some(count) = self.slots.lock().get_mut(&self.key) {
            *count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::future::{pending, ready};

    use super::*;

    fn key(name: &str) -> KeyName {
        name.parse().unwrap()
    }

    #[tokio::test]
    async fn there_are_so_many_and_one_given_back_is_taken_again() {
        let slots = UploadSlots::new(1, 1);
        let slot = slots.try_acquire(&key("a")).unwrap();
        assert!(slots.try_acquire(&key("a")).is_none());
        assert_eq!(slot.run(ready("done")).await, Some("done"));
        assert!(slots.try_acquire(&key("a")).is_some());
    }

    #[test]
    fn one_key_leaves_slots_to_others() {
        let slots = UploadSlots::new(3, 2);
        let held = [(); 2].map(|()| slots.try_acquire(&key("a")).unwrap());
        assert!(slots.try_acquire(&key("a")).is_none());
        let other = slots.try_acquire(&key("b")).unwrap();
        assert!(slots.try_acquire(&key("c")).is_none());
        drop(other);
        assert!(slots.try_acquire(&key("a")).is_none());
        drop(held);
        assert!(slots.try_acquire(&key("a")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_longer_than_the_grace_is_over() {
        let slots = UploadSlots::new(2, 2);
        let (slot, other) =
            (slots.try_acquire(&key("a")).unwrap(), slots.try_acquire(&key("a")).unwrap());
        let grace = Duration::from_secs(30);
        let (result, late) = tokio::join!(slot.run(pending::<()>()), async {
            slots.drain(grace).await;
            slots.try_acquire(&key("a"))
        });
        assert_eq!(result, None);
        assert!(late.is_none(), "the other slot is not given back, and no new one is taken");
        assert_eq!(other.run(pending::<()>()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn without_work_nothing_is_waited_for() {
        let started = tokio::time::Instant::now();
        UploadSlots::new(2, 2).drain(Duration::from_secs(30)).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
