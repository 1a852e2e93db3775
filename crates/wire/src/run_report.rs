//! The report of a run, recording by recording.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Outcome, RecordingReport, Report, Segment, Transcript};

use crate::Summary;

/// What became of the recordings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunReportBody {
    /// How many there are.
    pub summary: Summary,
    /// Each row that was worked on, in the order of the recording.
    pub recordings: Vec<RecordingBody>,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordingBody {
    /// Its path, or what an unreadable row has instead.
    pub file: String,
    /// The device; `null` for an unreadable row, as are date and block.
    #[schema(required)]
    pub device_id: Option<String>,
    /// The device's local day.
    #[schema(required)]
    pub date: Option<String>,
    /// The time in that day, `HH-MM`.
    #[schema(required)]
    pub time_block: Option<String>,
    /// Whether its text is saved and its status says so.
    pub outcome: OutcomeName,
    /// Why it failed, where it did.
    #[schema(required)]
    pub error: Option<RecordingError>,
    /// What was heard, where it is completed.
    #[schema(required)]
    pub heard: Option<Heard>,
}

/// How one row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeName {
    /// Its text is saved and its status says so.
    Completed,
    /// Nothing was saved and its status is as it was.
    Failed,
}

/// Why one row failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingError {
    /// The class, for programs: `missing`, `damaged_audio`, `store_unavailable`.
    pub kind: String,
    /// What happened and what to do, for people.
    pub reason: String,
}

/// What was heard in a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Heard {
    /// How long the recording is, in seconds.
    pub audio_seconds: f64,
    /// How much of it the engine was given, in seconds; the rest was too quiet to hold speech.
    pub speech_seconds: f64,
    /// The spoken language as an ISO 639-1 code, where anybody spoke.
    #[schema(required)]
    pub language: Option<String>,
    /// What was said, empty where nobody spoke; left out where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// The same with its times; left out where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub segments: Option<Vec<SegmentBody>>,
}

/// A stretch of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SegmentBody {
    /// Where it starts, in seconds from the start of the recording.
    pub start_seconds: f64,
    /// Where it ends, in seconds from the start of the recording.
    pub end_seconds: f64,
    /// What was said.
    pub text: String,
}

impl RunReportBody {
    /// The body for `report`, with what was said or without.
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
    /// The body for one row, with what was said or without.
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
