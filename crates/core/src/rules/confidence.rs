//! Bounds of the confidence, which is the geometric mean of the tokens' probabilities.

/// Below this confidence a text is unlikely: a mean log-probability of -1.0, where Whisper's
/// authors take the decoder to have failed, as the probability that it is.
pub const UNLIKELY: f32 = 0.367_879_45;

/// From this confidence on a text is believed against other evidence: the voice detector and the model's
/// own no-speech probability err too. Of what base writes over coughs and crying, hardly anything is this
/// likely; in noise, half of what is really said is not.
const SURE: f32 = 0.7;

/// True if a text of this confidence is more likely a failure of the decoder than speech.
#[must_use]
pub fn is_unlikely(confidence: f32) -> bool {
    confidence < UNLIKELY
}

/// True if a text of this confidence is believed, whatever else speaks against it.
#[must_use]
pub fn is_sure(confidence: f32) -> bool {
    confidence >= SURE
}
