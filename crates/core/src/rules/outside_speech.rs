//! Whether a segment is text over sound in which nobody speaks.

use std::ops::Range;
use std::time::Duration;

/// A segment of which at least this share is voice lies inside speech, in percent. A time of
/// Whisper is a few tenths of a second off, so that little says nothing.
const MIN_VOICED_PERCENT: u128 = 10;

/// Text as likely as this is kept wherever it lies: voice activity detection errs too.
///
/// The geometric mean of the tokens' probabilities. Speech that is heard word for word is 0.88
/// and more with the demo model; what is below 0.37 (-1.0 as a logarithm) is a failure to Whisper.
const SURE: f32 = 0.7;

/// Whether a segment is doubtful text (`confidence`, 0 to 1) over sound in which no voice was found.
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
