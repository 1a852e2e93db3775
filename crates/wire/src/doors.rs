//! Work that is accepted and done in the background.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::RunAccepted;

/// The body of `POST /async-process`: the ecosystem's own message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "file_path": "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav",
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "recorded_at": "2025-07-18T04:30:00+00:00"
}))]
pub struct AsyncProcessRequest {
    /// The path of the recording.
    pub file_path: String,
    /// The device.
    pub device_id: String,
    /// When it was recorded: the row is looked for by this where none names the path.
    pub recorded_at: String,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsyncProcessBody {
    /// The row is pending and a run of it is accepted.
    pub status: AcceptedStatus,
    /// The same for people, in the words that its callers know.
    #[schema(example = "Processing started in background")]
    pub message: String,
    /// The device as it was sent.
    pub device_id: String,
    /// The time as it was sent.
    pub recorded_at: String,
}

/// The body of `POST /reprocess-failed`. Everything may be left out, the body too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0", "limit": 10 }))]
pub struct ReprocessRequest {
    /// Only of this device.
    pub device_id: Option<String>,
    /// Only of this local day, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// At most this many, those recorded first; 1 to 100, and 10 where it is left out.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReprocessBody {
    /// Whether there was anything to do.
    pub status: AcceptedStatus,
    /// The same for people.
    pub message: String,
    /// The device that was asked for.
    #[schema(required)]
    pub device_id: Option<String>,
    /// The day that was asked for.
    #[schema(required)]
    pub date: Option<String>,
    /// The counts.
    pub summary: ReprocessSummary,
    /// The recordings that are pending again, in the order of their recording.
    pub file_paths: Vec<String>,
    /// The run that does them. `null` where there are none, or too much is waiting: then they are
    /// pending, and whoever looks for work next takes them.
    #[schema(required)]
    pub run: Option<RunAccepted>,
}

/// How many recordings were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReprocessSummary {
    /// Recordings that are pending again.
    pub reprocessed: usize,
    /// Recordings that stay as they are because of `limit`.
    pub left: usize,
}

/// What became of a request for work in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedStatus {
    /// It is durable that the work is to be done.
    Accepted,
    /// There is nothing to do.
    Success,
}
