//! Deliveries of webhook events.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Latest deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesBody {
    /// One for each event and receiver, newest first.
    pub deliveries: Vec<DeliveryBody>,
    /// Number of events dropped since the service started because too many were waiting.
    pub dropped: u64,
}

/// Delivery of an event to one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryBody {
    /// Id of the event: `webhook-id` of each attempt.
    pub event_id: String,
    /// Type of the event.
    #[serde(rename = "type")]
    #[schema(example = "recording.completed")]
    pub event: String,
    /// Host of the receiver.
    pub host: String,
    /// `waiting`, `delivered`, `failed` (after the last attempt) or `dropped`.
    pub state: String,
    /// Number of attempts.
    pub attempts: u32,
    /// Status code of the last attempt; `null` if there was no answer.
    #[schema(required)]
    pub last_status: Option<u16>,
    /// Reason why there was no answer.
    #[schema(required)]
    pub last_error: Option<String>,
    /// Time of the event, RFC 3339 in UTC.
    pub created_at: String,
    /// End of the last attempt.
    #[schema(required)]
    pub last_attempt_at: Option<String>,
}
