//! Work that a queue announces, done and then deleted there.

mod delivery;
mod hands;
mod pauses;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tracing::info;
use watchme_core::{AnnouncementQueue, ObjectKey};

use hands::Hands;

/// What does the work that a message announces.
#[async_trait]
pub trait Handler: fmt::Debug + Send + Sync + 'static {
    /// Does what there is to do about these objects, which come from one message, and answers
    /// what becomes of the message.
    ///
    /// Messages come twice, out of order, and while another machine has the same work: the
    /// handler must find out what is left to do. Calls run at once, as many as the consumer has
    /// room for. Dropping the future cancels the work; the message then comes again.
    async fn handle(&self, keys: &[ObjectKey]) -> Handled;
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Nothing is left to do, now or later: the message is deleted.
    Done,
    /// It did not work this time. The message comes again after this long.
    RetryLater(Duration),
    /// Somebody else is doing it. The message comes again after this long, and after twice as
    /// long each further time: a message that is received too often is taken for poison.
    Busy(Duration),
}

/// How a queue is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// How many messages are worked on at once. No more are received.
    pub capacity: NonZeroUsize,
    /// How long one receive waits for a message.
    pub wait: Duration,
    /// How long a message stays invisible once this process is gone. Renewed at each third of it.
    pub visibility: Duration,
    /// How long a shutdown waits for what is in hand.
    pub grace: Duration,
}

/// What a consumer did with the messages it received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Worked on and deleted, messages without anything to do included.
    pub done: usize,
    /// Worked on, and left to come again.
    pub later: usize,
    /// Not understood, and left to the queue's redrive policy.
    pub malformed: usize,
    /// Given back at the shutdown.
    pub given_back: usize,
    /// Lost to a fault in this program. They come again when their visibility ends.
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
    /// One message at a time, for machines that transcribe one recording at a time. 20 s is the
    /// longest that SQS waits. Two minutes of invisibility bound what a killed process holds up,
    /// and are renewed often enough for a queue that is gone for more than one of them.
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
    /// A consumer of `queue` that hands the work to `handler`.
    pub fn new(
        queue: Arc<dyn AnnouncementQueue>,
        handler: Arc<dyn Handler>,
        config: ConsumerConfig,
    ) -> Self {
        Self { queue, handler, config }
    }

    /// Receives and works until `shutdown`. Then receives no more, waits for what is in hand
    /// until the grace ends, and makes the rest visible again.
    ///
    /// A queue that fails is asked again, ever more slowly, until it answers. Dropping the future
    /// cancels the work; its messages come again when their visibility ends.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) -> Consumed {
        let mut hands = Hands::new(&self.queue, &self.handler, self.config);
        tokio::pin!(shutdown);
        loop {
            hands.receive();
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = hands.step() => {}
            }
        }
        info!(in_hand = hands.in_hand(), "consuming the queue ends");
        if timeout(self.config.grace, hands.finish()).await.is_err() {
            hands.give_up();
            hands.finish().await;
        }
        let consumed = hands.consumed();
        info!(?consumed, "the queue is no longer consumed");
        consumed
    }
}
