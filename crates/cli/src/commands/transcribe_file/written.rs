//! A transcript, written in one of the formats of `watchme transcribe-file`.

use std::path::Path;

use serde::Serialize;
use watchme_core::Transcript;
use watchme_wire::subtitles;

use crate::args::TextFormat;

/// Writes the transcript of `file`.
pub(super) fn write(file: &Path, transcript: &Transcript, format: TextFormat) -> String {
    match format {
        TextFormat::Text => format!("{}\n", transcript.text()),
        TextFormat::Srt => subtitles::srt(transcript),
        TextFormat::Vtt => subtitles::vtt(transcript),
        TextFormat::Json => {
            // The body has texts, numbers and lists only, which can always be serialised.
            let body = serde_json::to_string(&TranscriptBody::new(file, transcript));
            format!("{}\n", body.unwrap_or_default())
        }
    }
}

#[derive(Serialize)]
struct TranscriptBody {
    file: String,
    language: Option<String>,
    audio_seconds: f64,
    speech_seconds: f64,
    text: String,
    segments: Vec<SegmentBody>,
}

#[derive(Serialize)]
struct SegmentBody {
    start_seconds: f64,
    end_seconds: f64,
    text: String,
    confidence: f32,
    no_speech: f32,
}

impl TranscriptBody {
    fn new(file: &Path, transcript: &Transcript) -> Self {
        let segment = |segment: &watchme_core::Segment| SegmentBody {
            start_seconds: segment.start.as_secs_f64(),
            end_seconds: segment.end.as_secs_f64(),
            text: segment.text.trim().to_owned(),
            confidence: segment.confidence,
            no_speech: segment.no_speech,
        };
        Self {
            file: file.display().to_string(),
            language: transcript.language.clone(),
            audio_seconds: transcript.audio.as_secs_f64(),
            speech_seconds: transcript.speech.as_secs_f64(),
            text: transcript.text(),
            segments: transcript.segments.iter().map(segment).collect(),
        }
    }
}
