//! How a slot came to its text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::{Finding, real_time_factor};
use watchme_core::{
    ExplainedRecording, Explanation, LedgerRecord, RecordingStatus, RemovalReason, Segment,
    Transcript,
};

use crate::slots::time;

/// How a slot came to its text: its recordings, what was heard in each, and what was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplanationBody {
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// The time in that day, `HH-MM`.
    pub time_block: String,
    /// The saved text; `null` where nothing is saved.
    #[schema(required)]
    pub text: Option<String>,
    /// The recordings of the slot, in their order.
    pub recordings: Vec<ExplainedRecordingBody>,
}

/// One recording of a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRecordingBody {
    /// Its path.
    pub file: String,
    /// When it was made; `null` where its row is gone.
    #[schema(required)]
    pub recorded_at: Option<String>,
    /// Its status; `null` where its row is gone.
    #[schema(required)]
    pub status: Option<String>,
    /// What is kept of it; `null` where it was transcribed before there was a ledger, or not yet.
    #[schema(required)]
    pub kept: Option<KeptBody>,
}

/// What is kept of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptBody {
    /// What became of it.
    pub finding: FindingName,
    /// The same in words.
    pub explanation: String,
    /// Which model heard it.
    pub model: String,
    /// The spoken language as an ISO 639-1 code, where anybody spoke.
    #[schema(required)]
    pub language: Option<String>,
    /// When, RFC 3339 in UTC.
    pub transcribed_at: String,
    /// What was measured of its sound.
    pub sound: SoundBody,
    /// How long transcribing it took; `null` where that was not measured yet.
    #[schema(required)]
    pub work_seconds: Option<f64>,
    /// How much processor time that took; `null` where it was not measured yet.
    #[schema(required)]
    pub cpu_seconds: Option<f64>,
    /// How long it took as a share of the recording's length; `null` where either is not known.
    #[schema(required)]
    pub rtf: Option<f64>,
    /// Every segment that the model wrote, in order, also those that are not in the text.
    pub segments: Vec<WrittenSegmentBody>,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingName {
    /// Somebody spoke.
    Speech,
    /// No second was loud enough to hold speech.
    TooQuiet,
    /// There was sound, and no voice in it.
    NoVoice,
    /// All that the model wrote was removed.
    AllRemoved,
    /// The model was given sound and wrote nothing.
    NothingWritten,
}

/// What was measured of a recording's sound. Levels are of full scale 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SoundBody {
    /// How long it is.
    pub audio_seconds: f64,
    /// How much of it the model was given.
    pub speech_seconds: f64,
    /// How much of it is held for voice.
    pub voiced_seconds: f64,
    /// How much the model was given for its loudness, although no voice was found in it.
    pub doubted_seconds: f64,
    /// The largest sample.
    pub peak: f32,
    /// The root mean square of the loudest second.
    pub loudest_second: f32,
}

/// A segment that the model wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WrittenSegmentBody {
    /// Where it starts, in seconds from the start of the recording.
    pub start_seconds: f64,
    /// Where it ends, in seconds from the start of the recording.
    pub end_seconds: f64,
    /// What the model wrote.
    pub text: String,
    /// The geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
    /// How likely the model held this for no speech, 0 to 1; asked for unlikely text only.
    pub no_speech: f32,
    /// Why it is not in the text; `null` where it is.
    #[schema(required)]
    pub removed: Option<RemovedBody>,
}

/// Why a segment is not in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedBody {
    /// For programs: `loop`, `no_speech`, `outside_speech`, `stock_phrase`.
    pub reason: String,
    /// For people.
    pub explanation: String,
}

impl From<&Explanation> for ExplanationBody {
    fn from(Explanation { slot, text, recordings }: &Explanation) -> Self {
        Self {
            device_id: slot.device.to_string(),
            date: slot.date.to_string(),
            time_block: slot.block.to_string(),
            text: text.clone(),
            recordings: recordings.iter().map(ExplainedRecordingBody::from).collect(),
        }
    }
}

impl From<&ExplainedRecording> for ExplainedRecordingBody {
    fn from(recording: &ExplainedRecording) -> Self {
        let finding = recording.finding();
        Self {
            file: recording.object_key.to_string(),
            recorded_at: recording.recorded_at.as_ref().map(|at| time(&at.instant())),
            status: recording.status.as_ref().map(RecordingStatus::to_string),
            kept: recording.kept.as_ref().zip(finding).map(|(kept, it)| KeptBody::new(kept, &it)),
        }
    }
}

impl KeptBody {
    fn new(LedgerRecord { entry, at }: &LedgerRecord, finding: &Finding) -> Self {
        let written = entry.transcript.written().into_iter();
        let effort = entry.transcript.effort;
        let audio = entry.transcript.audio;
        Self {
            finding: FindingName::from(finding),
            explanation: finding.to_string(),
            model: entry.model.to_string(),
            language: entry.transcript.language.clone(),
            transcribed_at: time(at),
            sound: SoundBody::from(&entry.transcript),
            work_seconds: effort.map(|effort| effort.wall.as_secs_f64()),
            cpu_seconds: effort.map(|effort| effort.cpu.as_secs_f64()),
            rtf: effort.and_then(|effort| real_time_factor(&effort, audio)),
            segments: written
                .map(|(segment, reason)| WrittenSegmentBody::new(segment, reason))
                .collect(),
        }
    }
}

impl WrittenSegmentBody {
    fn new(segment: &Segment, reason: Option<RemovalReason>) -> Self {
        Self {
            start_seconds: segment.start.as_secs_f64(),
            end_seconds: segment.end.as_secs_f64(),
            text: segment.text.clone(),
            confidence: segment.confidence,
            no_speech: segment.no_speech,
            removed: reason.map(|reason| RemovedBody {
                reason: reason.as_str().to_owned(),
                explanation: reason.in_words().to_owned(),
            }),
        }
    }
}

impl From<&Transcript> for SoundBody {
    fn from(transcript: &Transcript) -> Self {
        let sound = transcript.sound;
        Self {
            audio_seconds: transcript.audio.as_secs_f64(),
            speech_seconds: transcript.speech.as_secs_f64(),
            voiced_seconds: sound.voiced.as_secs_f64(),
            doubted_seconds: sound.doubted.as_secs_f64(),
            peak: sound.peak,
            loudest_second: sound.loudest_second,
        }
    }
}

impl From<&Finding> for FindingName {
    fn from(finding: &Finding) -> Self {
        match finding {
            Finding::Speech => Self::Speech,
            Finding::TooQuiet { .. } => Self::TooQuiet,
            Finding::NoVoice { .. } => Self::NoVoice,
            Finding::AllRemoved { .. } => Self::AllRemoved,
            Finding::NothingWritten => Self::NothingWritten,
        }
    }
}
