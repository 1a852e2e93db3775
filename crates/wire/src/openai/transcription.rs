//! A transcription: what is asked for, and what is answered.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Language, Segment, Transcript};

use super::languages;

/// The form of a transcription request. Other fields are ignored.
#[derive(Debug, ToSchema)]
pub struct TranscriptionForm {
    /// The recording: WAV, MP3, MP4, FLAC, Ogg and others, told apart by its content.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
    /// `whisper-1` for the default, or one of `GET /v1/models`. The default too where it is left
    /// out.
    #[schema(example = "whisper-1")]
    pub model: Option<String>,
    /// What is spoken, as an ISO 639-1 code. The model finds out where it is left out.
    #[schema(example = "ja")]
    pub language: Option<String>,
    /// `json` where it is left out, `verbose_json`, `text`, `srt` or `vtt`.
    #[schema(example = "json")]
    pub response_format: Option<String>,
    /// `true`: server-sent events, with `json` or `text` only.
    pub stream: Option<bool>,
    /// `segment`, which `verbose_json` has anyway. `word` is refused.
    #[schema(rename = "timestamp_granularities[]", example = json!(["segment"]))]
    pub timestamp_granularities: Option<Vec<String>>,
    /// From 0 to 1. Without effect: a recording is decoded at 0, and what fails the checks of its
    /// quality again, warmer.
    pub temperature: Option<f32>,
    /// Without effect.
    pub prompt: Option<String>,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TranscriptionAnswer {
    /// For `verbose_json`.
    Verbose(VerboseTranscription),
    /// For `json`.
    Short(Transcription),
}

/// The text of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Transcription {
    /// What was said; empty where nobody spoke.
    pub text: String,
    /// What it is measured by.
    pub usage: DurationUsage,
}

/// A recording with its segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VerboseTranscription {
    /// `transcribe`.
    #[schema(example = "transcribe")]
    pub task: String,
    /// What was spoken, in English: the language that was asked for where nobody spoke, or
    /// `unknown`.
    #[schema(example = "japanese")]
    pub language: String,
    /// How long the recording is, in seconds.
    pub duration: f64,
    /// What was said; empty where nobody spoke.
    pub text: String,
    /// The stretches of speech, in order.
    pub segments: Vec<TranscriptionSegment>,
    /// What it is measured by.
    pub usage: DurationUsage,
}

/// A stretch of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionSegment {
    /// Its number, from 0.
    pub id: usize,
    /// The hundredth of a second in which it starts.
    pub seek: u64,
    /// Where it starts, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
    /// What was said, with the blank before it where the language has blanks.
    pub text: String,
    /// Empty: the tokens of the model are not kept.
    pub tokens: Vec<u32>,
    /// The temperature of the first attempt, 0.
    pub temperature: f32,
    /// The mean of the tokens' log probabilities.
    pub avg_logprob: f32,
    /// How many times larger the text is than zlib makes it.
    pub compression_ratio: f32,
    /// How likely the model held it for no speech at all, 0 to 1.
    pub no_speech_prob: f32,
}

/// What a transcription is measured by: the length of the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DurationUsage {
    /// `duration`.
    #[serde(rename = "type")]
    #[schema(example = "duration")]
    pub kind: String,
    /// The length in seconds, rounded up.
    pub seconds: u64,
}

impl From<&Transcript> for Transcription {
    fn from(transcript: &Transcript) -> Self {
        Self { text: transcript.text(), usage: transcript.audio.into() }
    }
}

impl VerboseTranscription {
    /// A transcript of a recording that was said to be in `asked`.
    #[must_use]
    pub fn new(transcript: &Transcript, asked: &Language) -> Self {
        let asked = match asked {
            Language::Auto => None,
            Language::Code(code) => Some(code.as_str()),
        };
        let language = transcript.language.as_deref().or(asked);
        let segments = transcript.segments.iter().enumerate();
        Self {
            task: "transcribe".to_owned(),
            language: language.map_or("unknown", languages::in_english).to_owned(),
            duration: seconds(transcript.audio),
            text: transcript.text(),
            segments: segments
                .map(|(id, segment)| TranscriptionSegment::new(id, segment))
                .collect(),
            usage: transcript.audio.into(),
        }
    }
}

impl TranscriptionSegment {
    fn new(id: usize, segment: &Segment) -> Self {
        Self {
            id,
            seek: segment.start.as_secs() * 100 + u64::from(segment.start.subsec_millis() / 10),
            start: seconds(segment.start),
            end: seconds(segment.end),
            text: segment.text.clone(),
            tokens: Vec::new(),
            temperature: 0.0,
            // JSON has no infinity, which is the logarithm of 0.
            avg_logprob: segment.confidence.max(f32::MIN_POSITIVE).ln(),
            compression_ratio: compression(&segment.text),
            no_speech_prob: segment.no_speech,
        }
    }
}

impl From<Duration> for DurationUsage {
    fn from(audio: Duration) -> Self {
        let seconds = audio.as_secs() + u64::from(audio.subsec_nanos() > 0);
        Self { kind: "duration".to_owned(), seconds }
    }
}

/// Seconds with as many decimals as they have, up to millionths.
fn seconds(time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a recording is far shorter than centuries")]
    let millionths = time.as_micros() as f64;
    millionths / 1e6
}

/// How many times larger a text is than zlib makes it, as Whisper's authors measure repetition.
fn compression(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    let compressed = encoder.finish().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a segment of speech has a few hundred bytes")]
    let ratio = text.len() as f32 / compressed.len().max(1) as f32;
    ratio
}
