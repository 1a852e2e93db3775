//! Recognises unlikely texts by their confidence.

/// Confidence below which a text is unlikely: e^-1, for the mean log-probability of -1.0 below which
/// Whisper's authors consider that decoding has failed.
pub const UNLIKELY: f32 = 0.367_879_45;

/// True if a text of this confidence is more likely a failure of the decoder than speech.
#[must_use]
pub fn is_unlikely(confidence: f32) -> bool {
    confidence < UNLIKELY
}
