//! A transcript as a stream of events.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::Transcript;

/// Data of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum TranscriptionEvent {
    /// More of the text.
    #[serde(rename = "transcript.text.delta")]
    Delta {
        /// Text that follows the previous delta.
        delta: String,
    },
    /// The whole text. The last event.
    #[serde(rename = "transcript.text.done")]
    Done {
        /// All deltas, concatenated.
        text: String,
    },
}

impl TranscriptionEvent {
    /// Returns the events of a transcript: a delta for each segment, and the end.
    #[must_use]
    pub fn all(transcript: &Transcript) -> Vec<Self> {
        let text = transcript.text();
        // Surrounding blanks are removed, so that the deltas add up to the text.
        let (mut rest, mut begun) = (text.as_str(), false);
        let mut events = Vec::with_capacity(transcript.segments.len() + 1);
        for segment in &transcript.segments {
            let said = if begun { segment.text.as_str() } else { segment.text.trim_start() };
            let delta = if rest.len() < said.len() { rest } else { said };
            rest = &rest[delta.len()..];
            if !delta.is_empty() {
                begun = true;
                events.push(Self::Delta { delta: delta.to_owned() });
            }
        }
        events.push(Self::Done { text });
        events
    }
}
