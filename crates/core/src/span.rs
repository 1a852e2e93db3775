//! One span for each recording: from its fetch until its rows are finished.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::rules::PlannedObject;
use crate::{Claim, Outcome, Transcript};

/// What the outcome of a recording is called that has a text. A failure has its class.
const COMPLETED: &str = "completed";

/// The span of one recording. What it says is safe to send anywhere: never what was said.
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

/// Notes in the span of a recording how long it is.
pub(crate) fn note_audio(transcript: &Transcript) {
    Span::current().record("recording.audio_seconds", transcript.audio.as_secs_f64());
}

/// Notes in the span of a recording what became of it; the last of its rows counts.
pub(crate) fn note_outcome(outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Transcribed(_) => COMPLETED,
        Outcome::Failed(failure) => failure.kind.as_str(),
    };
    Span::current().record("recording.outcome", outcome);
}
