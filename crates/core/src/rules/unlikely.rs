//! Tells unlikely texts by their confidence.

/// Below this confidence a text is unlikely: a mean log-probability of -1.0, where Whisper's
/// authors take the decoder to have failed, as the probability that it is.
pub const UNLIKELY: f32 = 0.367_879_45;

/// True if a text of this confidence is more likely a failure of the decoder than speech.
#[must_use]
pub fn is_unlikely(confidence: f32) -> bool {
    confidence < UNLIKELY
}
