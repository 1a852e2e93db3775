//! The boundaries to the queues: one that announces recordings, one that completions go to. The
//! doc comment of each method is its contract.
//!
//! A queue only says that there may be work. It delivers late, twice, out of order, or not at
//! all, so nothing that matters may depend on it: who does the work is settled elsewhere.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;

use crate::{BoxError, Check, DeviceId, ObjectKey, RecordedAt};

/// Where recordings are announced.
///
/// A message that was received is invisible to everybody for a while, its *visibility*, and comes
/// again after it unless it was deleted. Retries and timeouts are inside.
#[async_trait]
pub trait AnnouncementQueue: fmt::Debug + Send + Sync + 'static {
    /// Receives at most `limit` messages, or fewer where the queue hands out fewer at once. With
    /// none there, waits for the first up to `wait`, or for less where the queue waits less, and
    /// answers none after that. Each message stays invisible for `visibility`, in whole seconds.
    ///
    /// A message that cannot be understood is among the others, as [`Announcement::Malformed`].
    /// Dropping the call may leave messages invisible that nobody has.
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

/// Where it is told that recordings are done.
#[async_trait]
pub trait CompletionSink: fmt::Debug + Send + Sync + 'static {
    /// Sends one event. When this answers `Ok`, the event is durable. It may arrive twice.
    /// Retries and timeouts are inside.
    async fn send(&self, event: &CompletionEvent) -> Result<(), QueueError>;

    /// Checks that events can be sent, without sending one.
    async fn check(&self) -> Vec<Check>;
}

/// One message, as it was received this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What the queue calls the message, however often it comes; for logs.
    pub message: String,
    /// What this delivery is extended and deleted by.
    pub receipt: Receipt,
    /// How often the message was received, this time included. An estimate.
    pub received: u32,
    /// What it says.
    pub announcement: Announcement,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// Recordings that were uploaded, at least one, each once.
    Recordings(Vec<ObjectKey>),
    /// Nothing to do, and why: a test of the connection, a deletion.
    Nothing(&'static str),
    /// It is not understood. Kept for the queue's redrive policy, and for a person.
    Malformed {
        /// Why. Never holds any of the message's content.
        reason: String,
    },
}

/// Identifies one delivery of one message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Receipt(String);

/// That the work on a recording has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionEvent {
    /// The device that made the recording.
    pub device: DeviceId,
    /// When it made it.
    pub recorded_at: RecordedAt,
    /// How it ended.
    pub status: CompletionStatus,
}

/// How the work on a recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionStatus {
    /// The texts of these objects are saved.
    Completed {
        /// Their keys.
        processed: Vec<ObjectKey>,
    },
    /// It was given up.
    Failed {
        /// Why, without what anybody said.
        error: String,
    },
}

/// Why a queue did not answer or did not take something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The queue cannot be reached or is overloaded, after all retries. Try again later.
    #[error("the queue is unavailable")]
    Unavailable {
        /// What happened.
        source: BoxError,
    },
    /// The queue refuses us or is not there: every other request will fail too. Mend the
    /// settings.
    #[error("the queue refuses the request: {reason}")]
    Denied {
        /// Why, and what to do.
        reason: String,
        /// What the queue said.
        source: Option<BoxError>,
    },
    /// This delivery is no longer ours: the message was deleted, or its visibility has ended.
    /// Leave it.
    #[error("the message was deleted, or came again, since it was received")]
    Gone,
}

impl Receipt {
    /// A receipt as the queue writes it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The receipt as the queue writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whoever has a receipt can delete the message, so it is not for logs.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(..)")
    }
}
