//! The events of a run, as they are streamed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CurrentRecording, RecordingBody, RunErrorBody, RunReportBody, RunStateName};

/// The data of one event. `type` is the name of the event as well. A client leaves out types
/// that it does not know; more may come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEventBody {
    /// The run left the queue.
    RunStarted {
        /// When, RFC 3339 in UTC.
        at: String,
    },
    /// The rows are read.
    RunPlanned {
        /// When.
        at: String,
        /// How many recordings will be transcribed.
        recordings: usize,
    },
    /// A recording is claimed, where the store keeps claims.
    RecordingClaimed {
        /// When.
        at: String,
        /// Its path.
        file: String,
        /// Which attempt this is, from 1.
        attempt: u32,
    },
    /// A recording lies on disk.
    RecordingFetched {
        /// When.
        at: String,
        /// Its path.
        file: String,
        /// Its size.
        size_bytes: u64,
    },
    /// A recording is transcribed so far. Only the latest of each recording is kept.
    RecordingProgress {
        /// When.
        at: String,
        /// How far.
        #[serde(flatten)]
        progress: CurrentRecording,
    },
    /// A recording is given up: it was tried too often, and comes back by request only.
    RecordingQuarantined {
        /// When.
        at: String,
        /// Its path.
        file: String,
    },
    /// A row is finished.
    RecordingFinished {
        /// When.
        at: String,
        /// What became of it.
        #[serde(flatten)]
        recording: RecordingBody,
    },
    /// The run ended. The last event.
    RunFinished {
        /// When.
        at: String,
        /// How: `finished`, `cancelled` or `failed`.
        state: RunStateName,
        /// What became of its recordings; `null` where it did not finish.
        #[schema(required)]
        report: Option<RunReportBody>,
        /// Why it did not finish.
        #[schema(required)]
        error: Option<RunErrorBody>,
    },
    /// Events are missing here: those after `asked_after` are not kept any more, or no event had
    /// that number. Every event that is kept with a number above `resumed_after` follows.
    Gap {
        /// The number after which events were asked for.
        asked_after: u64,
        /// The number after which they follow.
        resumed_after: u64,
    },
}

impl RunEventBody {
    /// The name of the event, the same as `type` in its data.
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
