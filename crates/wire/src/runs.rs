//! Runs that continue without their client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Selection, TranscribeOptions};

use crate::RunReportBody;

/// Body of `POST /v1/runs`: recordings in one of the three forms of `/fetch-and-transcribe`, and
/// options. A request in an answer can be sent again unchanged. One without device and paths stands
/// for everything pending, which cannot be requested here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "date": "2025-07-18"
}))]
pub struct RunRequest {
    /// The device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    pub device_id: Option<String>,
    /// Its local day, `YYYY-MM-DD`. Transcribes the pending recordings of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Date)]
    pub date: Option<String>,
    /// The device's local day, `YYYY-MM-DD`, in the form with `time_blocks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub local_date: Option<String>,
    /// Blocks to transcribe, each `HH-MM`; the whole day if missing or empty. Also with `date`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_blocks: Option<Vec<String>>,
    /// Paths of recordings. They are transcribed regardless of their status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file_paths: Option<Vec<String>>,
    /// One of the allowed models; the first of them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<String>,
    /// Spoken language, a code like `ja`, or `auto`; by default the language from the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
}

/// Answer to a request for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAccepted {
    /// Id of the run.
    pub id: String,
    /// State.
    pub state: RunStateName,
    /// True if this request joined the run of an equal one.
    pub joined: bool,
}

/// Answer to a request to cancel a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunCancelled {
    /// Id of the run.
    pub id: String,
    /// State: `cancelled` if the run was waiting; otherwise `running` until it has stopped.
    pub state: RunStateName,
    /// Time until nothing of it continues, in words.
    pub latency: String,
}

/// List of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunsBody {
    /// Waiting, running and ended runs, newest first, without reports.
    pub runs: Vec<RunBody>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunBody {
    /// Id. Ids sort by the time of the request.
    pub id: String,
    /// State.
    pub state: RunStateName,
    /// Time of the request, RFC 3339 in UTC.
    pub accepted_at: String,
    /// Time at which it left the queue.
    #[schema(required)]
    pub started_at: Option<String>,
    /// Time at which it ended.
    #[schema(required)]
    pub ended_at: Option<String>,
    /// The request.
    pub request: RunRequest,
    /// Progress so far.
    pub progress: RunProgressBody,
    /// Number of its latest event, 0 if there is none yet.
    pub last_event: u64,
    /// Reason why it ended without a report.
    #[schema(required)]
    pub error: Option<RunErrorBody>,
    /// Report; absent before the end, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub report: Option<RunReportBody>,
}

/// State of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStateName {
    /// It waits for other runs.
    Waiting,
    /// It is running.
    Running,
    /// It ended with a report, which may contain failures.
    Finished,
    /// It was cancelled, by request or by a shutdown.
    Cancelled,
    /// It ended without a report.
    Failed,
}

/// Progress of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunProgressBody {
    /// Total number of recordings; `null` until the rows are read.
    #[schema(required)]
    pub recordings: Option<usize>,
    /// Number of completed rows.
    pub completed: usize,
    /// Number of failed rows.
    pub failed: usize,
    /// Current recording.
    #[schema(required)]
    pub current: Option<CurrentRecording>,
}

/// Progress of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurrentRecording {
    /// Path of the recording.
    pub file: String,
    /// Audio that is transcribed, in seconds.
    pub seconds_done: f64,
    /// Length of the recording, in seconds, if the file reports it.
    #[schema(required)]
    pub seconds_total: Option<f64>,
}

/// Reason why a run ended without a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunErrorBody {
    /// Kind, for programs: `store`, `withdrawn`, `shutdown` or `fault`.
    pub kind: String,
    /// Reason and suggested fix, for people.
    pub reason: String,
}

impl RunRequest {
    /// The request.
    #[must_use]
    pub fn new(selection: &Selection, options: &TranscribeOptions) -> Self {
        let request = Self {
            model: Some(options.model.to_string()),
            language: Some(options.language.to_string()),
            ..Self::default()
        };
        match selection {
            Selection::Day { device, date, blocks: None } => Self {
                device_id: Some(device.to_string()),
                date: Some(date.to_string()),
                ..request
            },
            Selection::Day { device, date, blocks: Some(blocks) } => Self {
                device_id: Some(device.to_string()),
                local_date: Some(date.to_string()),
                time_blocks: Some(blocks.iter().map(ToString::to_string).collect()),
                ..request
            },
            Selection::Objects(keys) => {
                Self { file_paths: Some(keys.iter().map(ToString::to_string).collect()), ..request }
            }
            Selection::Pending => request,
        }
    }
}
