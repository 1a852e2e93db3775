//! What became of an event at one receiver.

use jiff::Timestamp;

/// What became of an event at one receiver, so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The id of the event, the same at every receiver and in every attempt.
    pub event_id: String,
    /// The type of the event.
    pub event: &'static str,
    /// The receiver: its host only.
    pub host: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// What the last attempt was answered; `None` before the first.
    pub last_answer: Option<LastAnswer>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When the last attempt ended.
    pub last_attempt_at: Option<Timestamp>,
}

/// How far a delivery is. The names are part of the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It waits for its turn or its next attempt.
    Waiting,
    /// The receiver has taken it.
    Delivered,
    /// It was sent as often as it may be, or the receiver is gone.
    Failed,
    /// It was never taken, for want of room or because the service ended.
    Dropped,
}

/// What an attempt was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastAnswer {
    /// This status code.
    Status(u16),
    /// No answer came, and why.
    None(&'static str),
}

impl DeliveryState {
    /// The name on the wire and in logs.
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
    /// Whether the receiver has taken the event.
    pub(crate) fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Whether the receiver wants no more of it: 410, as Standard Webhooks has it.
    pub(crate) fn is_final(self) -> bool {
        self.is_taken() || self == Self::Status(410)
    }
}
