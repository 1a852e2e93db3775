//! Runs that go on without their client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Selection, TranscribeOptions};

use crate::RunReportBody;

/// The body of `POST /v1/runs`: what to transcribe in one of the three forms of
/// `/fetch-and-transcribe`, and how. In answers it can be sent again as it is; one that names
/// neither device nor paths stands for everything pending, which cannot be asked for here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
    "date": "2025-07-18"
}))]
pub struct RunRequest {
    /// The device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub device_id: Option<String>,
    /// Its local day, `YYYY-MM-DD`. The pending recordings of that day are transcribed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub date: Option<String>,
    /// The device's local day, `YYYY-MM-DD`, in the form that takes `time_blocks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_date: Option<String>,
    /// Only these blocks, each `HH-MM`; the whole day where this is left out or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_blocks: Option<Vec<String>>,
    /// Paths of recordings. They are transcribed whatever their status is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file_paths: Option<Vec<String>>,
    /// Which of the allowed models; the first of them where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub model: Option<String>,
    /// The spoken language, a code like `ja`, or `auto`; that of the settings where this is left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<String>,
}

/// The answer to a request for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAccepted {
    /// The id of the run.
    pub id: String,
    /// How far it is.
    pub state: RunStateName,
    /// Whether an equal request had come before, whose run this is.
    pub joined: bool,
}

/// The answer to a request to cancel a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunCancelled {
    /// The id of the run.
    pub id: String,
    /// How far it is: `cancelled` where it waited, `running` for the moment that it takes else.
    pub state: RunStateName,
    /// How long it takes until nothing of it goes on, in words.
    pub latency: String,
}

/// Some runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunsBody {
    /// The runs that wait, go on, or ended and are kept; the newest first, without reports.
    pub runs: Vec<RunBody>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunBody {
    /// Its id. Ids sort by the time of the request.
    pub id: String,
    /// How far it is.
    pub state: RunStateName,
    /// When it was asked for, RFC 3339 in UTC.
    pub accepted_at: String,
    /// When it left the queue.
    #[schema(required)]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<String>,
    /// What was asked for.
    pub request: RunRequest,
    /// What it did so far.
    pub progress: RunProgressBody,
    /// The number of its latest event, 0 where there is none yet.
    pub last_event: u64,
    /// Why it ended without a report.
    #[schema(required)]
    pub error: Option<RunErrorBody>,
    /// What became of its recordings; left out while there is none, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub report: Option<RunReportBody>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStateName {
    /// Other runs go first.
    Waiting,
    /// It is under way.
    Running,
    /// It ended with a report, in which recordings may have failed.
    Finished,
    /// It was cancelled, by request or by a shutdown.
    Cancelled,
    /// It ended without a report.
    Failed,
}

/// What a run did so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunProgressBody {
    /// How many recordings are transcribed in all; `null` until the rows are read.
    #[schema(required)]
    pub recordings: Option<usize>,
    /// Rows that are completed.
    pub completed: usize,
    /// Rows that failed.
    pub failed: usize,
    /// The recording that is transcribed.
    #[schema(required)]
    pub current: Option<CurrentRecording>,
}

/// How far a recording is transcribed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurrentRecording {
    /// Its path.
    pub file: String,
    /// How much audio is done, in seconds.
    pub seconds_done: f64,
    /// How much there is, in seconds, where the file tells.
    #[schema(required)]
    pub seconds_total: Option<f64>,
}

/// Why a run ended without a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunErrorBody {
    /// The class, for programs: `store`, `withdrawn`, `shutdown` or `fault`.
    pub kind: String,
    /// What happened and what to do, for people.
    pub reason: String,
}

impl RunRequest {
    /// What was asked for.
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
