//! Body of `POST /fetch-and-transcribe`, and of its answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{BlocksResponse, DayResponse, FilesResponse};

/// Recordings to transcribe, in one of three forms: `device_id` with `date`; `device_id` with
/// `local_date` and optional `time_blocks`; or `file_paths` alone.
///
/// Unknown keys are ignored. With `date`, `file_paths` is ignored too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "date": "2025-07-18",
    "model": "base"
}))]
pub struct TranscribeRequest {
    /// The device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    pub device_id: Option<String>,
    /// Its local day, `YYYY-MM-DD`. Transcribes the pending recordings of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Date)]
    pub date: Option<String>,
    /// One of the allowed models; the first of them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<String>,
    /// Paths of recordings. They are transcribed regardless of their status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file_paths: Option<Vec<String>>,
    /// The device's local day, `YYYY-MM-DD`, in the form with `time_blocks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub local_date: Option<String>,
    /// Blocks to transcribe, each `HH-MM`; the whole day if missing or empty. Also with `date`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_blocks: Option<Vec<String>>,
}

/// Answer, in the form that belongs to the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TranscribeResponse {
    /// For `device_id` with `date`.
    Day(DayResponse),
    /// For `device_id` with `local_date`.
    Blocks(BlocksResponse),
    /// For `file_paths`.
    Files(FilesResponse),
}
