//! Formats of a transcript, and what each sends before the transcript is known.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use watchme_core::{TranscribeOptions, Transcript};
use watchme_wire::openai::{
    Transcription, TranscriptionAnswer, TranscriptionEvent, VerboseTranscription,
};
use watchme_wire::subtitles;

use super::refusal::Refusal;
use crate::response::keep_alive::{self, Filler, Tail};

/// Format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Verbose,
    Text,
    Srt,
    Vtt,
    /// Server-sent events.
    Events,
}

/// The first line of `WebVTT`, after which any number of empty ones may follow.
const VTT_HEADING: &str = "WEBVTT\n";

/// Answers with the transcript.
pub(super) async fn respond(
    format: Format,
    options: TranscribeOptions,
    transcript: impl Future<Output = Result<Transcript, Refusal>> + Send + 'static,
) -> Response {
    match keep_alive::wait_for_status(transcript).await {
        Ok(Ok(transcript)) => {
            let content_type = (header::CONTENT_TYPE, format.content_type());
            ([content_type], format.whole(&transcript, &options)).into_response()
        }
        Ok(Err(refusal)) => refusal.into_response(),
        Err(later) => {
            let filler = format.filler();
            keep_alive::begin(filler, async move { format.tail(later.await, &options) })
        }
    }
}

impl Format {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json | Self::Verbose => "application/json",
            Self::Text | Self::Srt => "text/plain; charset=utf-8",
            Self::Vtt => "text/vtt; charset=utf-8",
            Self::Events => "text/event-stream",
        })
    }

    /// Returns bytes that readers of this format ignore.
    fn filler(self) -> Filler {
        let (first, next) = match self {
            Self::Json | Self::Verbose => return Filler::JSON,
            Self::Text | Self::Srt => ("\n", "\n"),
            Self::Vtt => (VTT_HEADING, "\n"),
            Self::Events => (":\n\n", ":\n\n"),
        };
        let [first, next] = [first, next].map(|text| Bytes::from_static(text.as_bytes()));
        Filler { content_type: self.content_type(), first, next }
    }

    fn whole(self, transcript: &Transcript, options: &TranscribeOptions) -> Bytes {
        let text = match self {
            Self::Json => to_json(&TranscriptionAnswer::Short(Transcription::from(transcript))),
            Self::Verbose => {
                let verbose = VerboseTranscription::new(transcript, &options.language);
                to_json(&TranscriptionAnswer::Verbose(verbose))
            }
            Self::Text => transcript.text() + "\n",
            Self::Srt => subtitles::srt(transcript),
            Self::Vtt => subtitles::vtt(transcript),
            Self::Events => TranscriptionEvent::all(transcript).iter().map(to_event).collect(),
        };
        text.into()
    }

    /// Returns what follows the filler.
    fn tail(self, result: Result<Transcript, Refusal>, options: &TranscribeOptions) -> Tail {
        match (self, result) {
            (Self::Vtt, Ok(transcript)) => {
                let mut bytes = self.whole(&transcript, options);
                let after_heading = bytes.split_off(VTT_HEADING.len());
                Tail { bytes: after_heading, is_cut: false }
            }
            (_, Ok(transcript)) => Tail { bytes: self.whole(&transcript, options), is_cut: false },
            (Self::Events, Err(refusal)) => {
                Tail { bytes: to_event(&refusal.body()).into(), is_cut: false }
            }
            (Self::Json | Self::Verbose, Err(refusal)) => {
                Tail { bytes: to_json(&refusal.body()).into(), is_cut: true }
            }
            (Self::Text | Self::Srt | Self::Vtt, Err(_)) => {
                Tail { bytes: Bytes::new(), is_cut: true }
            }
        }
    }
}

/// Formats an event without a name: clients look for the type in its data.
fn to_event(data: &impl Serialize) -> String {
    format!("data: {}\n\n", to_json(data))
}

fn to_json(body: &impl Serialize) -> String {
    // These types cannot fail to serialize.
    serde_json::to_string(body).unwrap_or_else(|_| Value::Null.to_string())
}
