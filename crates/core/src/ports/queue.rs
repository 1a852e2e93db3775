//! The ports to the queues: one announces recordings, the other takes completions.
//!
//! A queue only hints at work. It delivers late, twice, out of order, or not at all, so nothing
//! that matters may depend on it: the claim decides who does the work.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{BoxError, Check, CompletionEvent, Delivery, Receipt};

/// A queue that announces recordings.
///
/// A message that was received is invisible to everybody for a while, its *visibility*, and comes
/// again after it unless it was deleted. Retries and timeouts are inside.
#[async_trait]
pub trait AnnouncementQueue: fmt::Debug + Send + Sync + 'static {
    /// Receives at most `limit` messages, or fewer where the queue hands out fewer at once. If
    /// there are none, waits for the first up to `wait`, or less where the queue waits less, and
    /// then returns none. Each message stays invisible for `visibility`, in whole seconds.
    ///
    /// A message that cannot be understood is among the others, as
    /// [`Malformed`](crate::Announcement::Malformed). Dropping the call may leave messages
    /// invisible that nobody has.
    async fn receive(
        &self,
        limit: NonZeroUsize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Delivery>, QueueError>;

    /// Keeps a received message invisible for `visibility` from now, in whole seconds; zero makes
    /// it visible again. [`QueueError::Gone`] where the message was deleted or has come again.
    async fn extend(&self, receipt: &Receipt, visibility: Duration) -> Result<(), QueueError>;

    /// Deletes a received message for good. Deleting it twice is `Ok` or [`QueueError::Gone`].
    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError>;

    /// Checks that the queue can be used, without receiving anything.
    async fn check(&self) -> Vec<Check>;
}

/// A queue that takes the completions of recordings.
#[async_trait]
pub trait CompletionSink: fmt::Debug + Send + Sync + 'static {
    /// Sends one event. When this returns `Ok`, the event is durable. It may arrive twice.
    /// Retries and timeouts are inside.
    async fn send(&self, event: &CompletionEvent) -> Result<(), QueueError>;

    /// Checks that events can be sent, without sending one.
    async fn check(&self) -> Vec<Check>;
}

/// Reason a queue did not answer or did not take a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The queue cannot be reached or is overloaded, after all retries. Try again later.
    #[error("the queue is unavailable")]
    Unavailable {
        /// Cause.
        source: BoxError,
    },
    /// The queue refuses us or is not there: every other request will fail too. Correct the
    /// settings.
    #[error("the queue refuses the request: {reason}")]
    Denied {
        /// Cause, and advice.
        reason: String,
        /// Answer of the queue.
        source: Option<BoxError>,
    },
    /// This delivery is no longer ours: the message was deleted, or its visibility has ended.
    /// Leave it.
    #[error("the message was deleted, or came again, since it was received")]
    Gone,
}
