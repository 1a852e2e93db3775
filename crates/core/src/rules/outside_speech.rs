//! Recognises text over sound in which nobody speaks.

use std::time::Duration;

use crate::rules::is_sure;

/// Smallest share of voice of a segment inside speech, in percent. Whisper's times are a few tenths
/// of a second off, so less voice than this proves nothing.
const MIN_VOICED_PERCENT: u128 = 10;

/// Voice in which a word can be said. A segment may go on over a long rest that the model never got.
const ONE_WORD: Duration = Duration::from_millis(500);

/// True if a segment is doubtful text (`confidence`, 0 to 1) over sound in which no voice was
/// found.
///
/// Neither sign is enough alone: clear text may stand where detection failed, and quiet speech is
/// doubtful text.
#[must_use]
pub fn is_outside_speech(length: Duration, confidence: f32, voice: Duration) -> bool {
    !is_sure(confidence) && !is_voiced(length, voice)
}

/// True if there is enough voice in a segment for somebody to have spoken.
pub(super) fn is_voiced(length: Duration, voice: Duration) -> bool {
    voice >= ONE_WORD || voice.as_nanos() * 100 >= length.as_nanos() * MIN_VOICED_PERCENT
}
