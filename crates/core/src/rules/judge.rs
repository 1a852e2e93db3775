//! The one judge of segments: decides whether the model made a segment up, and names the reason.

use std::time::Duration;

use crate::domain::{RemovalReason, Segment};
use crate::rules::{
    is_looped, is_outside_speech, is_row_of_answers, is_stock_phrase, is_sure, is_unlikely,
    is_vocal_sound,
};

use RemovalReason::{Loop, NoSpeech, OutsideSpeech, StockPhrase, Unlikely, VocalSound};

/// Above this, together with a text that is not sure, nobody spoke.
///
/// The threshold of Whisper's authors, who ask for an unlikely text besides. Neither sign is enough
/// alone: a confident model is wrong about silence, and quiet speech is not sure.
const NO_SPEECH: f32 = 0.6;

/// The same where there is less voice than [`SENTENCE`]. Of what base writes over coughs, sneezes and
/// crying, a third is between the two; among longer ones are whole sentences after a pause.
const NO_SPEECH_IN_SHORT: f32 = 0.5;

/// Voice of a sentence. Coughs and sneezes are shorter.
const SENTENCE: Duration = Duration::from_secs(2);

/// A reason, and the test for it.
type Rule = (RemovalReason, fn(&Evidence<'_>) -> bool);

/// Every rule, in order. The first rule that fits names the reason.
///
/// The model's own no-speech verdict comes first, because the transcriber acts on it first: it
/// drops such a segment before it decides whether to decode the window again, and never looks for
/// loops in it. Rules about the text come before the one that needs the sound, which is not known
/// of every stored segment. So a segment keeps its reason for as long as the rules stay the same.
const RULES: [Rule; RemovalReason::ALL.len()] = [
    (NoSpeech, |it| {
        let is_short = it.voice.is_some_and(|voice| voice < SENTENCE);
        let limit = if is_short { NO_SPEECH_IN_SHORT } else { NO_SPEECH };
        !is_sure(it.confidence) && it.no_speech > limit
    }),
    (Loop, |it| is_looped(it.text) && !is_row_of_answers(it.text, it.length)),
    (StockPhrase, |it| is_stock_phrase(it.text, it.confidence)),
    (VocalSound, |it| is_vocal_sound(it.text)),
    (Unlikely, |it| is_unlikely(it.confidence)),
    (OutsideSpeech, |it| {
        it.voice.is_some_and(|voice| is_outside_speech(it.length, it.confidence, voice))
    }),
];

/// Everything the rules look at in one segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence<'a> {
    /// Text as the model wrote it.
    pub text: &'a str,
    /// Geometric mean of the tokens' probabilities, 0 to 1.
    pub confidence: f32,
    /// Probability that nobody speaks, as the model sees it, 0 to 1.
    pub no_speech: f32,
    /// Length of the segment in the recording.
    pub length: Duration,
    /// Length of the voice in it. `None` where it was not measured: rules that need it then find
    /// nothing.
    pub voice: Option<Duration>,
}

impl<'a> Evidence<'a> {
    /// Evidence that a segment carries.
    #[must_use]
    pub fn of(segment: &'a Segment) -> Self {
        Self {
            text: &segment.text,
            confidence: segment.confidence,
            no_speech: segment.no_speech,
            length: segment.end.saturating_sub(segment.start),
            voice: segment.voice,
        }
    }
}

/// Judges one segment: the reason to remove it, or `None` if somebody said it.
///
/// Never judges a whole conversation: what is said again in another segment is said twice.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> Option<RemovalReason> {
    RULES.iter().find(|(_, fits)| fits(evidence)).map(|(reason, _)| *reason)
}
