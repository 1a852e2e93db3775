//! Explanation of a slot's text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::{Finding, is_doubtful, real_time_factor};
use watchme_core::{
    ExplainedRecording, Explanation, LedgerRecord, RecordingStatus, RemovalReason, Segment,
    Transcript,
};

use crate::slots::time;

/// Explanation of a slot's text: its recordings, with all segments that were kept or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplanationBody {
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// The time of that day, `HH-MM`.
    pub time_block: String,
    /// The saved text; `null` if there is none.
    #[schema(required)]
    pub text: Option<String>,
    /// Recordings of the slot, in order.
    pub recordings: Vec<ExplainedRecordingBody>,
}

/// One recording of a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRecordingBody {
    /// Path.
    pub file: String,
    /// Recording time; `null` if its row is gone.
    #[schema(required)]
    pub recorded_at: Option<String>,
    /// Status; `null` if its row is gone.
    #[schema(required)]
    pub status: Option<String>,
    /// Entry in the ledger; `null` if it was transcribed before there was a ledger, or not yet.
    #[schema(required)]
    pub kept: Option<KeptBody>,
}

/// Entry of a recording in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptBody {
    /// Finding.
    pub finding: FindingName,
    /// Finding in words.
    pub explanation: String,
    /// Model that transcribed it.
    pub model: String,
    /// Spoken language as an ISO 639-1 code, if anybody spoke.
    #[schema(required)]
    pub language: Option<String>,
    /// Time of the transcription, RFC 3339 in UTC.
    pub transcribed_at: String,
    /// Measurements of its sound.
    pub sound: SoundBody,
    /// Time that transcribing took; `null` if it was not measured.
    #[schema(required)]
    pub work_seconds: Option<f64>,
    /// CPU time that transcribing took; `null` if it was not measured.
    #[schema(required)]
    pub cpu_seconds: Option<f64>,
    /// Real-time factor: that time divided by the recording's length; `null` if either is unknown.
    #[schema(required)]
    pub rtf: Option<f64>,
    /// Every segment that the model produced, in order, including those not in the text.
    pub segments: Vec<WrittenSegmentBody>,
}

/// Finding about a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingName {
    /// Somebody spoke.
    Speech,
    /// No second was loud enough to hold speech.
    TooQuiet,
    /// There was sound, and no voice in it.
    NoVoice,
    /// Everything that the model produced was removed.
    AllRemoved,
    /// The model was given sound and produced nothing.
    NothingWritten,
}

/// Measurements of a recording's sound. Levels are relative to a full scale of 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SoundBody {
    /// Length of the recording.
    pub audio_seconds: f64,
    /// Length of what the model was given.
    pub speech_seconds: f64,
    /// Length of what the voice detector took for voice.
    pub voiced_seconds: f64,
    /// Largest sample.
    pub peak: f32,
    /// Root mean square of the loudest second.
    pub loudest_second: f32,
}

/// A segment that the model produced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WrittenSegmentBody {
    /// Start, in seconds from the start of the recording.
    pub start_seconds: f64,
    /// End, in seconds from the start of the recording.
    pub end_seconds: f64,
    /// Text.
    pub text: String,
    /// Geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
    /// Probability of no speech according to the model, 0 to 1; computed for doubtful text only.
    pub no_speech: f32,
    /// Length of the voice that was detected in it; `null` if it was not measured.
    #[schema(required)]
    pub voice_seconds: Option<f64>,
    /// True if it is in the text, and may still not have been said.
    pub doubtful: bool,
    /// Reason why it is not in the text; `null` if it is.
    #[schema(required)]
    pub removed: Option<RemovedBody>,
}

/// Reason why a segment is not in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedBody {
    /// For programs: `loop`, `no_speech`, `outside_speech`, `stock_phrase`, `unlikely`,
    /// `vocal_sound`.
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
            voice_seconds: segment.voice.map(|voice| voice.as_secs_f64()),
            doubtful: reason.is_none() && is_doubtful(segment),
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
