//! Report of a run, recording by recording.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Outcome, RecordingReport, Report, Segment, Transcript};

use crate::Summary;

/// Report of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunReportBody {
    /// Counts.
    pub summary: Summary,
    /// Every row that was worked on, in the order of recording.
    pub recordings: Vec<RecordingBody>,
}

/// Outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordingBody {
    /// Path of the recording, or the raw value of an unreadable row.
    pub file: String,
    /// The device; `null` for an unreadable row, like date and block.
    #[schema(required)]
    pub device_id: Option<String>,
    /// The device's local day.
    #[schema(required)]
    pub date: Option<String>,
    /// The time of that day, `HH-MM`.
    #[schema(required)]
    pub time_block: Option<String>,
    /// Outcome.
    pub outcome: OutcomeName,
    /// Reason for a failure.
    #[schema(required)]
    pub error: Option<RecordingError>,
    /// Result, if it is completed.
    #[schema(required)]
    pub heard: Option<Heard>,
}

/// Outcome of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeName {
    /// Its text is saved and its status is updated.
    Completed,
    /// Nothing was saved, and its status is unchanged.
    Failed,
}

/// Reason why a row failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingError {
    /// Kind, for programs: `missing`, `damaged_audio`, `store_unavailable`.
    pub kind: String,
    /// Reason and suggested fix, for people.
    pub reason: String,
}

/// Result of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Heard {
    /// Length of the recording, in seconds.
    pub audio_seconds: f64,
    /// Length of what the engine was given, in seconds: speech, and the pauses in it.
    pub speech_seconds: f64,
    /// Spoken language as an ISO 639-1 code, if anybody spoke.
    #[schema(required)]
    pub language: Option<String>,
    /// Text, empty if nobody spoke; absent unless requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// Segments with their times; absent unless requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub segments: Option<Vec<SegmentBody>>,
}

/// A segment of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentBody {
    /// Start, in seconds from the start of the recording.
    pub start_seconds: f64,
    /// End, in seconds from the start of the recording.
    pub end_seconds: f64,
    /// Text.
    pub text: String,
}

impl RunReportBody {
    /// Builds the body for `report`, with or without texts.
    #[must_use]
    pub fn new(report: &Report, with_text: bool) -> Self {
        let recordings = report.recordings.iter();
        Self {
            summary: Summary::from(report),
            recordings: recordings.map(|item| RecordingBody::new(item, with_text)).collect(),
        }
    }
}

impl RecordingBody {
    /// Builds the body for one row, with or without texts.
    #[must_use]
    pub fn new(item: &RecordingReport, with_text: bool) -> Self {
        let (outcome, error, heard) = match &item.outcome {
            Outcome::Transcribed(transcript) => {
                (OutcomeName::Completed, None, Some(Heard::new(transcript, with_text)))
            }
            Outcome::Failed(failure) => {
                let kind = failure.kind.as_str().to_owned();
                let error = RecordingError { kind, reason: failure.reason.clone() };
                (OutcomeName::Failed, Some(error), None)
            }
        };
        let slot = item.slot.as_ref();
        Self {
            file: item.label.clone(),
            device_id: slot.map(|slot| slot.device.to_string()),
            date: slot.map(|slot| slot.date.to_string()),
            time_block: slot.map(|slot| slot.block.to_string()),
            outcome,
            error,
            heard,
        }
    }
}

impl Heard {
    fn new(transcript: &Transcript, with_text: bool) -> Self {
        Self {
            audio_seconds: transcript.audio.as_secs_f64(),
            speech_seconds: transcript.speech.as_secs_f64(),
            language: transcript.language.clone(),
            text: with_text.then(|| transcript.text()),
            segments: with_text
                .then(|| transcript.segments.iter().map(SegmentBody::from).collect()),
        }
    }
}

impl From<&Segment> for SegmentBody {
    fn from(segment: &Segment) -> Self {
        Self {
            start_seconds: segment.start.as_secs_f64(),
            end_seconds: segment.end.as_secs_f64(),
            text: segment.text.clone(),
        }
    }
}
