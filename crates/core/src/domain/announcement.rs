//! Messages of the queues: announcements of recordings, and events of their completion.

use std::fmt;

use super::ids::{DeviceId, ObjectKey};
use super::recording::RecordedAt;

/// One message, as it was received this time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Name that the queue gives the message, the same for each delivery; for logs.
    pub message: String,
    /// Handle by which this delivery is extended and deleted.
    pub receipt: Receipt,
    /// Number of times the message was received, this time included. An estimate.
    pub received: u32,
    /// Content of the message.
    pub announcement: Announcement,
}

/// Content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    /// Recordings that were uploaded, at least one, each once.
    Recordings(Vec<ObjectKey>),
    /// Nothing to do, and why: a test of the connection, a deletion.
    Nothing(&'static str),
    /// A message that is not understood. Kept for the queue's redrive policy, and for a person.
    Malformed {
        /// Cause. Never holds any of the message's content.
        reason: String,
    },
}

/// Handle of one delivery of one message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Receipt(String);

/// Notice that the work on a recording has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionEvent {
    /// Device that made the recording.
    pub device: DeviceId,
    /// Time the recording was made.
    pub recorded_at: RecordedAt,
    /// Result of the work.
    pub status: CompletionStatus,
}

/// Result of the work on a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionStatus {
    /// The texts of these objects are saved.
    Completed {
        /// Keys of the objects.
        processed: Vec<ObjectKey>,
    },
    /// The recording was given up.
    Failed {
        /// Cause, without anything that somebody said.
        error: String,
    },
}

impl Receipt {
    /// Wraps a receipt as the queue writes it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the receipt as the queue writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps the receipt out of logs: whoever has it can delete the message.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(..)")
    }
}
