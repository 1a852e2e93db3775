//! The forms of a transcript, each also where it begins before it is known.

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
use crate::early::{self, Rest, Signs};

/// How a transcript is answered.
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

/// Answers with what was `heard`.
pub(super) async fn respond(
    format: Format,
    options: TranscribeOptions,
    heard: impl Future<Output = Result<Transcript, Refusal>> + Send + 'static,
) -> Response {
    match early::soon(heard).await {
        Ok(Ok(transcript)) => {
            let content_type = (header::CONTENT_TYPE, format.content_type());
            ([content_type], format.whole(&transcript, &options)).into_response()
        }
        Ok(Err(refusal)) => refusal.into_response(),
        Err(later) => {
            early::begin(format.signs(), async move { format.rest(later.await, &options) })
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

    /// What says that an answer is still to come, where no reader takes it for a part of it.
    fn signs(self) -> Signs {
        let (first, next) = match self {
            Self::Json | Self::Verbose => return Signs::JSON,
            Self::Text | Self::Srt => ("\n", "\n"),
            Self::Vtt => (VTT_HEADING, "\n"),
            Self::Events => (":\n\n", ":\n\n"),
        };
        let [first, next] = [first, next].map(|text| Bytes::from_static(text.as_bytes()));
        Signs { content_type: self.content_type(), first, next }
    }

    fn whole(self, transcript: &Transcript, options: &TranscribeOptions) -> Bytes {
        let text = match self {
            Self::Json => json(&TranscriptionAnswer::Short(Transcription::from(transcript))),
            Self::Verbose => {
                let verbose = VerboseTranscription::new(transcript, &options.language);
                json(&TranscriptionAnswer::Verbose(verbose))
            }
            Self::Text => transcript.text() + "\n",
            Self::Srt => subtitles::srt(transcript),
            Self::Vtt => subtitles::vtt(transcript),
            Self::Events => TranscriptionEvent::all(transcript).iter().map(event).collect(),
        };
        text.into()
    }

    /// What follows the signs.
    fn rest(self, heard: Result<Transcript, Refusal>, options: &TranscribeOptions) -> Rest {
        match (self, heard) {
            (Self::Vtt, Ok(transcript)) => {
                let mut bytes = self.whole(&transcript, options);
                let rest = bytes.split_off(VTT_HEADING.len());
                Rest { bytes: rest, is_cut: false }
            }
            (_, Ok(transcript)) => Rest { bytes: self.whole(&transcript, options), is_cut: false },
            (Self::Events, Err(refusal)) => {
                Rest { bytes: event(&refusal.body()).into(), is_cut: false }
            }
            (Self::Json | Self::Verbose, Err(refusal)) => {
                Rest { bytes: json(&refusal.body()).into(), is_cut: true }
            }
            (Self::Text | Self::Srt | Self::Vtt, Err(_)) => {
                Rest { bytes: Bytes::new(), is_cut: true }
            }
        }
    }
}

/// An event without a name: its data has the type, and the clients look there.
fn event(data: &impl Serialize) -> String {
    format!("data: {}\n\n", json(data))
}

fn json(body: &impl Serialize) -> String {
    // These types have nothing that JSON cannot say.
    serde_json::to_string(body).unwrap_or_else(|_| Value::Null.to_string())
}
