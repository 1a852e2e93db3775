//! Events of a run, as they are streamed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CurrentRecording, RecordingBody, RunErrorBody, RunReportBody, RunStateName};

/// Data of one event. `type` is also the name of the event. Clients must ignore unknown types: more
/// may be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEventBody {
    /// The run left the queue.
    RunStarted {
        /// Time, RFC 3339 in UTC.
        at: String,
    },
    /// The rows have been read.
    RunPlanned {
        /// Time.
        at: String,
        /// Number of recordings to transcribe.
        recordings: usize,
    },
    /// A recording is claimed, if the store keeps claims.
    RecordingClaimed {
        /// Time.
        at: String,
        /// Path of the recording.
        file: String,
        /// Number of the attempt, from 1.
        attempt: u32,
    },
    /// A recording has been downloaded.
    RecordingFetched {
        /// Time.
        at: String,
        /// Path of the recording.
        file: String,
        /// Size in bytes.
        size_bytes: u64,
    },
    /// Progress of a recording. Only the latest of each recording is kept.
    RecordingProgress {
        /// Time.
        at: String,
        /// Progress.
        #[serde(flatten)]
        progress: CurrentRecording,
    },
    /// A recording failed too often and is quarantined: it is retried only on request.
    RecordingQuarantined {
        /// Time.
        at: String,
        /// Path of the recording.
        file: String,
    },
    /// A row is finished.
    RecordingFinished {
        /// Time.
        at: String,
        /// Outcome.
        #[serde(flatten)]
        recording: RecordingBody,
    },
    /// The run ended. The last event.
    RunFinished {
        /// Time.
        at: String,
        /// Final state: `finished`, `cancelled` or `failed`.
        state: RunStateName,
        /// Report; `null` if the run did not finish.
        #[schema(required)]
        report: Option<RunReportBody>,
        /// Reason why the run did not finish; `null` if it did.
        #[schema(required)]
        error: Option<RunErrorBody>,
    },
    /// Events are missing here: those after `asked_after` are no longer kept, or that number never
    /// existed. All kept events with a number above `resumed_after` follow.
    Gap {
        /// Number after which events were requested.
        asked_after: u64,
        /// Number after which events follow.
        resumed_after: u64,
    },
}

impl RunEventBody {
    /// Returns the name of the event, the same as `type` in its data.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run_started",
            Self::RunPlanned { .. } => "run_planned",
            Self::RecordingClaimed { .. } => "recording_claimed",
            Self::RecordingFetched { .. } => "recording_fetched",
            Self::RecordingProgress { .. } => "recording_progress",
            Self::RecordingQuarantined { .. } => "recording_quarantined",
            Self::RecordingFinished { .. } => "recording_finished",
            Self::RunFinished { .. } => "run_finished",
            Self::Gap { .. } => "gap",
        }
    }
}
