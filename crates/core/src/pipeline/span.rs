//! One span for each recording: from its fetch until its rows are finished.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::domain::{Claim, Outcome, Transcript};
use crate::rules::PlannedObject;

/// Name of the outcome of a recording that has a text. A failure is named by its class.
const COMPLETED: &str = "completed";

/// Opens the span of one recording. Its fields are safe to send anywhere: they hold nothing that
/// was said.
pub(crate) fn of(object: &PlannedObject, claim: Option<&Claim>) -> Span {
    info_span!(
        "recording",
        recording.key = %object.key,
        recording.device = %object.slot.device,
        recording.attempt = claim.map(|claim| claim.attempt),
        recording.audio_seconds = Empty,
        recording.outcome = Empty,
    )
}

/// Notes the length of a recording in its span.
pub(crate) fn note_audio(transcript: &Transcript) {
    Span::current().record("recording.audio_seconds", transcript.audio.as_secs_f64());
}

/// Notes the outcome of a recording in its span; the last of its rows counts.
pub(crate) fn note_outcome(outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Transcribed(_) => COMPLETED,
        Outcome::Failed(failure) => failure.kind.as_str(),
    };
    Span::current().record("recording.outcome", outcome);
}
