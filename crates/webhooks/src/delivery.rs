//! Delivery of an event to one receiver.

use jiff::Timestamp;

/// Delivery of an event to one receiver, so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Identifier of the event, the same for every receiver and in every attempt.
    pub event_id: String,
    /// Type of the event.
    pub event: &'static str,
    /// Host of the receiver.
    pub host: String,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts.
    pub attempts: u32,
    /// Answer to the last attempt; `None` before the first.
    pub last_answer: Option<LastAnswer>,
    /// Time of the event.
    pub created_at: Timestamp,
    /// Time at which the last attempt ended.
    pub last_attempt_at: Option<Timestamp>,
}

/// State of a delivery. The names are part of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits for its turn or its next attempt.
    Waiting,
    /// The receiver has accepted it.
    Delivered,
    /// All attempts are used up, or the receiver is gone.
    Failed,
    /// Never accepted, because the queue was full or the service ended.
    Dropped,
}

/// Answer to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastAnswer {
    /// HTTP status.
    Status(u16),
    /// Reason why there is no answer.
    None(&'static str),
}

impl DeliveryState {
    /// Returns the name on the wire and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

impl LastAnswer {
    /// Returns true if the receiver has accepted the event.
    pub(crate) fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Returns true if no attempt should follow. By Standard Webhooks, 410 asks for none.
    pub(crate) fn is_final(self) -> bool {
        self.is_taken() || self == Self::Status(410)
    }
}
