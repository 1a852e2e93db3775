//! Recognises text that is kept, and that may still not have been said.

use crate::domain::Segment;
use crate::rules::outside_speech::is_voiced;
use crate::rules::stock_phrase::is_outro;

/// Confidence below which a text is doubtful.
const DOUBTFUL: f32 = 0.5;

/// Fastest that anybody speaks, in letters and digits within a second of voice: English has some 15.
const FASTEST: f64 = 30.0;

/// Slowest, in the same unit: はい, drawn out, takes two seconds.
const SLOWEST: f64 = 0.7;

/// True if a segment that is kept may be the model's own words: it is not likely, is what videos end
/// with, has hardly any voice, or too little or too much of it for that many letters.
///
/// Whoever draws conclusions from single texts should leave such a segment out.
#[must_use]
pub fn is_doubtful(segment: &Segment) -> bool {
    let is_unsure = segment.confidence < DOUBTFUL || is_outro(&segment.text);
    is_unsure
        || segment.voice.is_some_and(|voice| {
            let length = segment.end.saturating_sub(segment.start);
            let letters = segment.text.chars().filter(|c| c.is_alphanumeric()).count();
            #[expect(
                clippy::cast_precision_loss,
                reason = "a segment has at most some hundred letters"
            )]
            let pace = letters as f64 / voice.as_secs_f64();
            !is_voiced(length, voice) || !(SLOWEST..=FASTEST).contains(&pace)
        })
}
