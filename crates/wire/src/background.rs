//! Requests that are accepted and processed in the background.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RunAccepted;

/// Body of `POST /async-process`: the ecosystem's own message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "file_path": "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav",
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "recorded_at": "2025-07-18T04:30:00+00:00"
}))]
pub struct AsyncProcessRequest {
    /// The path of the recording.
    #[schema(min_length = 1, max_length = 1024)]
    pub file_path: String,
    /// The device.
    #[schema(min_length = 1, max_length = 255)]
    pub device_id: String,
    /// Recording time. It identifies the row if no row has the path.
    #[schema(format = DateTime)]
    pub recorded_at: String,
}

/// Answer to the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsyncProcessBody {
    /// Status: the row is pending, and a run for it is accepted.
    pub status: AcceptedStatus,
    /// The same for people, in the words that callers know.
    #[schema(example = "Processing started in background")]
    pub message: String,
    /// The device as it was sent.
    pub device_id: String,
    /// The time as it was sent.
    pub recorded_at: String,
}

/// Body of `POST /reprocess-failed`. All fields are optional, and so is the body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0", "limit": 10 }))]
pub struct ReprocessRequest {
    /// Only recordings of this device.
    #[schema(min_length = 1, max_length = 255)]
    pub device_id: Option<String>,
    /// Only recordings of this local day, `YYYY-MM-DD`.
    #[schema(format = Date)]
    pub date: Option<String>,
    /// Maximum number of recordings, oldest first; 1 to 100, default 10.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Answer to the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReprocessBody {
    /// Status.
    pub status: AcceptedStatus,
    /// Status for people.
    pub message: String,
    /// Device of the request.
    #[schema(required)]
    pub device_id: Option<String>,
    /// Day of the request.
    #[schema(required)]
    pub date: Option<String>,
    /// Counts.
    pub summary: ReprocessSummary,
    /// Paths that are pending again, in the order in which they were recorded.
    pub file_paths: Vec<String>,
    /// The run for them. `null` if there are none, or if too many runs are waiting: the recordings are
    /// pending all the same, and the next worker takes them.
    #[schema(required)]
    pub run: Option<RunAccepted>,
}

/// Counts of failed recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReprocessSummary {
    /// Number of recordings that are pending again.
    pub reprocessed: usize,
    /// Number of recordings left unchanged because of `limit`.
    pub left: usize,
}

/// Status of a request for background work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedStatus {
    /// The work is durably accepted.
    Accepted,
    /// There is nothing to do.
    Success,
}
