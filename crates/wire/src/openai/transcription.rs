//! Request and answer of a transcription.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::rules::language_name;
use watchme_core::{Language, Segment, Transcript};

/// Form of a transcription request. Other fields are ignored.
#[derive(Debug, ToSchema)]
pub struct TranscriptionForm {
    /// The recording: WAV, MP3, MP4, FLAC, Ogg and others, recognized by content.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
    /// `whisper-1` for the default, or one of `GET /v1/models`. The default if left out.
    #[schema(example = "whisper-1")]
    pub model: Option<String>,
    /// Spoken language as an ISO 639-1 code. Detected if left out.
    #[schema(example = "ja")]
    pub language: Option<String>,
    /// `json` (the default), `verbose_json`, `text`, `srt` or `vtt`.
    #[schema(example = "json")]
    pub response_format: Option<String>,
    /// `true` for server-sent events, only with `json` or `text`.
    pub stream: Option<bool>,
    /// `segment`, which `verbose_json` has anyway. `word` is refused.
    #[schema(rename = "timestamp_granularities[]", example = json!(["segment"]))]
    pub timestamp_granularities: Option<Vec<String>>,
    /// From 0 to 1. Has no effect: a recording is decoded at 0, and again at higher temperatures where
    /// the text fails the quality checks.
    #[schema(minimum = 0, maximum = 1)]
    pub temperature: Option<f32>,
    /// Has no effect.
    pub prompt: Option<String>,
}

/// The transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TranscriptionAnswer {
    /// For `verbose_json`.
    Verbose(VerboseTranscription),
    /// For `json`.
    Short(Transcription),
}

/// Text of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Transcription {
    /// Text; empty if nobody spoke.
    pub text: String,
    /// Usage.
    pub usage: DurationUsage,
}

/// A recording with its segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VerboseTranscription {
    /// `transcribe`.
    #[schema(example = "transcribe")]
    pub task: String,
    /// English name of the spoken language. If nobody spoke, the requested language or `unknown`.
    #[schema(example = "japanese")]
    pub language: String,
    /// Length of the recording, in seconds.
    pub duration: f64,
    /// Text; empty if nobody spoke.
    pub text: String,
    /// Segments in order.
    pub segments: Vec<TranscriptionSegment>,
    /// Usage.
    pub usage: DurationUsage,
}

/// A segment of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionSegment {
    /// Number, from 0.
    pub id: usize,
    /// Start in hundredths of a second.
    pub seek: u64,
    /// Start in seconds.
    pub start: f64,
    /// End in seconds.
    pub end: f64,
    /// Text, with a leading blank in languages that have blanks.
    pub text: String,
    /// Always empty: tokens are not kept.
    pub tokens: Vec<u32>,
    /// Temperature of the first attempt, 0.
    pub temperature: f32,
    /// Mean of the tokens' log probabilities.
    pub avg_logprob: f32,
    /// Size of the text divided by its size after zlib compression.
    pub compression_ratio: f32,
    /// Probability of no speech according to the model, 0 to 1.
    pub no_speech_prob: f32,
}

/// Usage of a transcription: the length of the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DurationUsage {
    /// `duration`.
    #[serde(rename = "type")]
    #[schema(example = "duration")]
    pub kind: String,
    /// Length in seconds, rounded up.
    pub seconds: u64,
}

impl From<&Transcript> for Transcription {
    fn from(transcript: &Transcript) -> Self {
        Self { text: transcript.text(), usage: transcript.audio.into() }
    }
}

impl VerboseTranscription {
    /// Builds the body for a recording whose requested language is `asked`.
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
            language: language
                .map_or("unknown", |code| language_name(code).unwrap_or(code))
                .to_owned(),
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
            // JSON has no infinity, the logarithm of 0.
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

/// Converts to seconds, exact to millionths.
fn seconds(time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a recording is far shorter than centuries")]
    let millionths = time.as_micros() as f64;
    millionths / 1e6
}

/// Returns the compression ratio of a text, by which Whisper's authors detect repetition.
fn compression(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    let compressed = encoder.finish().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a segment of speech has a few hundred bytes")]
    let ratio = text.len() as f32 / compressed.len().max(1) as f32;
    ratio
}
