//! Recognises text over sound in which nobody speaks.

use std::ops::Range;
use std::time::Duration;

/// Smallest share of voice of a segment inside speech, in percent. Whisper's times are a few tenths
/// of a second off, so less voice than this proves nothing.
const MIN_VOICED_PERCENT: u128 = 10;

/// Confidence above which a text is kept wherever it lies: voice activity detection errs too.
///
/// Speech that is heard word for word has 0.88 and more with the demo model; below 0.37 (-1.0 as a
/// logarithm) Whisper's authors consider that decoding has failed.
const SURE: f32 = 0.7;

/// True if a segment is doubtful text (`confidence`, 0 to 1) over sound in which no voice was
/// found.
///
/// `segment` and `voiced`, the stretches in which there is voice, in order, are times of the same
/// clock. Neither sign is enough alone: clear text may stand where detection failed, and quiet
/// speech is doubtful text.
#[must_use]
pub fn is_outside_speech(
    segment: &Range<Duration>,
    confidence: f32,
    voiced: &[Range<Duration>],
) -> bool {
    confidence < SURE && !is_voiced(segment, voiced)
}

fn is_voiced(segment: &Range<Duration>, voiced: &[Range<Duration>]) -> bool {
    if segment.is_empty() {
        return voiced.iter().any(|it| (it.start..=it.end).contains(&segment.start));
    }
    let shared = |it: &Range<Duration>| {
        it.end.min(segment.end).saturating_sub(it.start.max(segment.start)).as_nanos()
    };
    let length = segment.end.saturating_sub(segment.start).as_nanos();
    voiced.iter().map(shared).sum::<u128>() * 100 >= length * MIN_VOICED_PERCENT
}
