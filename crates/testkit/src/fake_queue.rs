//! An [`AnnouncementQueue`] in memory, with a log of what it did and scripted failures.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use watchme_core::{Announcement, AnnouncementQueue, Check, Delivery, QueueError, Receipt};

/// Time after which a test is stuck, by the runtime's own clock, which a test may pause.
const STUCK_AFTER: Duration = Duration::from_hours(1);

/// Messages in memory, in the order they were sent. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct FakeQueue {
    shared: Arc<Shared>,
}

/// Something the queue did. Messages are named by their order, from `1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueOperation {
    /// A receive of up to this many messages began.
    Asked(usize),
    /// A message was handed out.
    Received(String),
    /// A message was made invisible for this long from then.
    Extended(String, Duration),
    /// A message was deleted.
    Deleted(String),
    /// A message was put aside, since it was received too often.
    Buried(String),
}

struct Shared {
    max_receives: u32,
    /// A plain lock, since it is never held across an await.
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    sent: usize,
    receipts: usize,
    operations: Vec<QueueOperation>,
    receives_to_fail: Failures,
    extends_to_fail: Failures,
    deletes_to_fail: Failures,
}

struct Message {
    name: String,
    announcement: Announcement,
    received: u32,
    receipt: Option<String>,
    visible_at: Instant,
}

/// Number of calls that will fail, and their error.
#[derive(Default)]
struct Failures {
    left: usize,
    error: Option<Box<dyn Fn() -> QueueError + Send>>,
}

impl FakeQueue {
    /// Makes a queue of these messages.
    #[must_use]
    pub fn new(announcements: impl IntoIterator<Item = Announcement>) -> Self {
        Self::with_redrive(announcements, u32::MAX)
    }

    /// Makes a queue of these messages that puts a message aside after `max_receives` receives.
    #[must_use]
    pub fn with_redrive(
        announcements: impl IntoIterator<Item = Announcement>,
        max_receives: u32,
    ) -> Self {
        let changed = watch::Sender::new(());
        let state = Mutex::new(State::default());
        let queue = Self { shared: Arc::new(Shared { max_receives, state, changed }) };
        announcements.into_iter().for_each(|announcement| queue.send(announcement));
        queue
    }

    /// Sends a message.
    pub fn send(&self, announcement: Announcement) {
        self.change(|state| {
            state.sent += 1;
            state.messages.push(Message {
                name: state.sent.to_string(),
                announcement,
                received: 0,
                receipt: None,
                visible_at: Instant::now(),
            });
        });
    }

    /// Makes the next `count` receives fail with `error`, at once.
    pub fn fail_receives(&self, count: usize, error: impl Fn() -> QueueError + Send + 'static) {
        self.state().receives_to_fail = Failures { left: count, error: Some(Box::new(error)) };
    }

    /// Makes the next `count` extensions fail with `error`.
    pub fn fail_extends(&self, count: usize, error: impl Fn() -> QueueError + Send + 'static) {
        self.state().extends_to_fail = Failures { left: count, error: Some(Box::new(error)) };
    }

    /// Makes the next `count` deletions fail with `error`.
    pub fn fail_deletes(&self, count: usize, error: impl Fn() -> QueueError + Send + 'static) {
        self.state().deletes_to_fail = Failures { left: count, error: Some(Box::new(error)) };
    }

    /// Returns the operations of the queue, in order, without failed ones.
    #[must_use]
    pub fn operations(&self) -> Vec<QueueOperation> {
        self.state().operations.clone()
    }

    /// Returns the number of messages, with invisible ones and without those put aside.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().messages.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of messages a receive would find now.
    #[must_use]
    pub fn visible(&self) -> usize {
        let now = Instant::now();
        self.state().messages.iter().filter(|message| message.visible_at <= now).count()
    }

    /// Waits until the operations meet a condition.
    ///
    /// # Panics
    /// If they never do.
    pub async fn until(&self, mut is_met: impl FnMut(&[QueueOperation]) -> bool) {
        let mut changes = self.shared.changed.subscribe();
        let waiting = async {
            while !is_met(&self.operations()) {
                // The sender lives as long as `self`.
                let _ = changes.changed().await;
            }
        };
        let waited = timeout(STUCK_AFTER, waiting).await;
        assert!(waited.is_ok(), "the queue only did {:?}", self.operations());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let outcome = change(&mut self.state());
        self.shared.changed.send_replace(());
        outcome
    }

    /// Signals a change only if there is one: receives that wait would wake each other.
    fn take(&self, limit: usize, visibility: Duration) -> Vec<Delivery> {
        let mut state = self.state();
        let before = state.operations.len();
        let taken = state.take(limit, visibility, self.shared.max_receives);
        if state.operations.len() > before {
            self.shared.changed.send_replace(());
        }
        taken
    }
}

impl State {
    fn take(&mut self, limit: usize, visibility: Duration, max_receives: u32) -> Vec<Delivery> {
        let now = Instant::now();
        let operations = &mut self.operations;
        self.messages.retain(|message| {
            let is_spent = message.visible_at <= now && message.received >= max_receives;
            if is_spent {
                operations.push(QueueOperation::Buried(message.name.clone()));
            }
            !is_spent
        });
        let visible = self.messages.iter_mut().filter(|message| message.visible_at <= now);
        let mut taken = Vec::new();
        for message in visible.take(limit) {
            self.receipts += 1;
            message.received += 1;
            message.visible_at = now + visibility;
            let receipt = format!("receipt {} of {}", self.receipts, message.name);
            message.receipt = Some(receipt.clone());
            self.operations.push(QueueOperation::Received(message.name.clone()));
            taken.push(Delivery {
                message: message.name.clone(),
                receipt: Receipt::new(receipt),
                received: message.received,
                announcement: message.announcement.clone(),
            });
        }
        taken
    }

    fn hide(&mut self, receipt: &Receipt, visibility: Duration) -> Result<String, QueueError> {
        let place = self.find(receipt)?;
        let message = &mut self.messages[place];
        message.visible_at = Instant::now() + visibility;
        Ok(message.name.clone())
    }

    fn find(&self, receipt: &Receipt) -> Result<usize, QueueError> {
        let is_it = |message: &Message| message.receipt.as_deref() == Some(receipt.as_str());
        self.messages.iter().position(is_it).ok_or(QueueError::Gone)
    }
}

impl Failures {
    fn check(&mut self) -> Result<(), QueueError> {
        let Some(error) = self.error.as_ref().filter(|_| self.left > 0) else { return Ok(()) };
        self.left -= 1;
        Err(error())
    }
}

#[async_trait]
impl AnnouncementQueue for FakeQueue {
    async fn receive(
        &self,
        limit: NonZeroUsize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let until = Instant::now() + wait;
        let mut changes = self.shared.changed.subscribe();
        self.change(|state| {
            state.receives_to_fail.check()?;
            state.operations.push(QueueOperation::Asked(limit.get()));
            Ok::<_, QueueError>(())
        })?;
        loop {
            changes.mark_unchanged();
            let taken = self.take(limit.get(), visibility);
            if !taken.is_empty() || Instant::now() >= until {
                return Ok(taken);
            }
            let next = self.state().messages.iter().map(|message| message.visible_at).min();
            let wake = next.map_or(until, |next| next.min(until));
            tokio::select! {
                () = sleep_until(wake) => {}
                _ = changes.changed() => {}
            }
        }
    }

    async fn extend(&self, receipt: &Receipt, visibility: Duration) -> Result<(), QueueError> {
        self.change(|state| {
            state.extends_to_fail.check()?;
            let name = state.hide(receipt, visibility)?;
            state.operations.push(QueueOperation::Extended(name, visibility));
            Ok(())
        })
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.change(|state| {
            state.deletes_to_fail.check()?;
            let place = state.find(receipt)?;
            let message = state.messages.remove(place);
            state.operations.push(QueueOperation::Deleted(message.name));
            Ok(())
        })
    }

    async fn check(&self) -> Vec<Check> {
        vec![Check::pass("queue", "in memory")]
    }
}

impl fmt::Debug for FakeQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeQueue").field("messages", &self.len()).finish_non_exhaustive()
    }
}
