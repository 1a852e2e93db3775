//! Consumes a queue of announcements: handles each message, then deletes it.

mod delivery;
mod pauses;
mod tasks;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tracing::info;
use watchme_core::{AnnouncementQueue, ObjectKey};

use tasks::Tasks;

/// Handles the objects that a message announces.
#[async_trait]
pub trait Handler: fmt::Debug + Send + Sync + 'static {
    /// Handles these objects, which come from one message, and decides what happens to the
    /// message.
    ///
    /// Messages may come twice, out of order, or while another machine works on the same object:
    /// the handler must find out what is left to do. Up to [`ConsumerConfig::capacity`] calls run
    /// concurrently. Dropping the future cancels the work; the message is then delivered again.
    async fn handle(&self, keys: &[ObjectKey]) -> Handled;
}

/// Decides what happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Nothing is left to do: the message is deleted.
    Done,
    /// The attempt failed. The message is delivered again after this delay.
    RetryLater(Duration),
    /// Another worker has the object. The message is delivered again after this delay, which
    /// doubles each time: a queue treats a message that is received too often as poison.
    Busy(Duration),
}

/// Configuration of a [`Consumer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// Maximum number of messages handled concurrently. No more are received.
    pub capacity: NonZeroUsize,
    /// Maximum time that one receive waits for a message.
    pub wait: Duration,
    /// Time for which a received message stays invisible to others. Renewed whenever a third of it has passed.
    pub visibility: Duration,
    /// Maximum time that a shutdown waits for messages being handled.
    pub grace: Duration,
}

/// Counts of received messages, by what happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Handled and deleted, including messages with nothing to do.
    pub done: usize,
    /// Handled, and left to be delivered again.
    pub later: usize,
    /// Malformed, and left to the queue's redrive policy.
    pub malformed: usize,
    /// Made visible again at the shutdown.
    pub given_back: usize,
    /// Lost to a panic in the handler. They are delivered again when their visibility timeout ends.
    pub broken: usize,
}

/// Consumes a queue of announcements.
#[derive(Debug)]
pub struct Consumer {
    queue: Arc<dyn AnnouncementQueue>,
    handler: Arc<dyn Handler>,
    config: ConsumerConfig,
}

impl ConsumerConfig {
    /// Defaults for a machine that transcribes one recording at a time: one message at a time.
    /// 20 s is the longest wait that SQS allows. A visibility timeout of two minutes bounds how
    /// long a killed process delays its messages, and leaves room for a failed renewal.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            capacity: NonZeroUsize::MIN,
            wait: Duration::from_secs(20),
            visibility: Duration::from_mins(2),
            grace,
        }
    }
}

impl Consumer {
    /// Creates a consumer of `queue` that hands each message to `handler`.
    pub fn new(
        queue: Arc<dyn AnnouncementQueue>,
        handler: Arc<dyn Handler>,
        config: ConsumerConfig,
    ) -> Self {
        Self { queue, handler, config }
    }

    /// Receives and handles messages until `shutdown`. Then receives no more, waits for those being
    /// handled until the grace period ends, and makes the rest visible again.
    ///
    /// A failing queue is retried with growing pauses until it answers. Dropping the future cancels
    /// the work; its messages are delivered again when their visibility timeout ends.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) -> Consumed {
        let mut tasks = Tasks::new(&self.queue, &self.handler, self.config);
        tokio::pin!(shutdown);
        loop {
            tasks.receive();
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = tasks.step() => {}
            }
        }
        info!(deliveries = tasks.deliveries(), "stops consuming the queue");
        if timeout(self.config.grace, tasks.finish()).await.is_err() {
            tasks.give_up();
            tasks.finish().await;
        }
        let consumed = tasks.consumed();
        info!(?consumed, "stopped consuming the queue");
        consumed
    }
}
