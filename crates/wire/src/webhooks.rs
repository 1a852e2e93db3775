//! What became of events that were sent to other services.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The latest deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesBody {
    /// One for each event and receiver, the newest first.
    pub deliveries: Vec<DeliveryBody>,
    /// How many events were dropped since the service started, for want of room.
    pub dropped: u64,
}

/// What became of an event at one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryBody {
    /// The id of the event: `webhook-id` of each attempt.
    pub event_id: String,
    /// The type of the event.
    #[serde(rename = "type")]
    #[schema(example = "recording.completed")]
    pub event: String,
    /// The receiver: its host only.
    pub host: String,
    /// `waiting`, `delivered`, `failed` (sent as often as it may be) or `dropped`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// The status code of the last attempt; `null` where no answer came.
    #[schema(required)]
    pub last_status: Option<u16>,
    /// Why no answer came.
    #[schema(required)]
    pub last_error: Option<String>,
    /// When the event happened, RFC 3339 in UTC.
    pub created_at: String,
    /// When the last attempt ended.
    #[schema(required)]
    pub last_attempt_at: Option<String>,
}
