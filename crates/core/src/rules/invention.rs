//! Whether a segment is what the model made up, judged by what is kept of it.

use crate::rules::is_looped;
use crate::{RemovalReason, Removed, Segment, Transcript};

/// Below this confidence a text is unlikely: a mean log-probability of -1.0, where Whisper's
/// authors take the decoder to have failed, as the probability that it is.
pub const UNLIKELY: f32 = 0.367_879_45;

/// Above this, together with an unlikely text, nobody spoke: the value of Whisper's authors.
pub const NO_SPEECH: f32 = 0.6;

/// What the model writes over silence and noise, because the videos it learned from end with it:
/// seen on recordings of the field, as letters and digits in lower case.
const STOCK_PHRASES: [&str; 6] = [
    "ご視聴ありがとうございました",
    "次の動画でお会いしましょう",
    "おやすみなさい",
    "ありがとうございました",
    "thankyouforwatching",
    "thanksforwatching",
];

/// Why nobody said a segment; `None`: somebody did.
///
/// Judges one segment, never a whole conversation: what is said again in another segment is said
/// twice.
#[must_use]
pub fn invention(segment: &Segment) -> Option<RemovalReason> {
    let is_unlikely = segment.confidence < UNLIKELY;
    if is_looped(&segment.text) {
        Some(RemovalReason::Loop)
    } else if is_unlikely && segment.no_speech > NO_SPEECH {
        Some(RemovalReason::NoSpeech)
    } else if is_unlikely && is_stock_phrase(&segment.text) {
        Some(RemovalReason::StockPhrase)
    } else {
        None
    }
}

/// Whether a text is nothing but phrases that the model writes where nobody speaks.
///
/// People say them too: they are inventions only where the model itself holds them for unlikely.
/// Blanks, punctuation and case do not hide one.
#[must_use]
pub fn is_stock_phrase(text: &str) -> bool {
    let said = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let said: String = said.collect();
    let mut rest = said.as_str();
    while let Some(after) = STOCK_PHRASES.iter().find_map(|phrase| rest.strip_prefix(phrase)) {
        rest = after;
    }
    rest.is_empty() && !said.is_empty()
}

/// The transcript as the rules of this version leave it, from every segment the engine wrote:
/// what an earlier one removed may come back, and what it kept may go.
#[must_use]
pub fn refiltered(transcript: &Transcript) -> Transcript {
    let mut again = Transcript { segments: Vec::new(), removed: Vec::new(), ..transcript.clone() };
    for (segment, reason) in transcript.written() {
        match judged_again(segment, reason) {
            Some(reason) => again.removed.push(Removed { segment: segment.clone(), reason }),
            None => again.segments.push(segment.clone()),
        }
    }
    again
}

/// Why nobody said a segment by the rules of this version, after it was removed for `before` or
/// kept.
///
/// What was removed for a fact of the sound stays removed: only the recording tells that.
#[must_use]
pub fn judged_again(segment: &Segment, before: Option<RemovalReason>) -> Option<RemovalReason> {
    match before {
        None | Some(RemovalReason::Loop | RemovalReason::NoSpeech | RemovalReason::StockPhrase) => {
            invention(segment)
        }
        Some(RemovalReason::OutsideSpeech) => before,
    }
}
