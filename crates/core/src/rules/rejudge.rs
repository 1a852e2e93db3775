//! Judges stored segments again, by the rules of this version.

use crate::domain::{RemovalReason, Removed, Segment, Transcript};
use crate::rules::{Evidence, judge};

/// Returns the transcript as the rules of this version leave it, from every segment the engine
/// wrote: what an earlier version removed may come back, and what it kept may go.
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

/// Judges a stored segment by the rules of this version, after it was removed for `before` or
/// kept.
///
/// A segment that was removed because of its sound stays removed: only the recording could prove
/// otherwise.
#[must_use]
pub fn judged_again(segment: &Segment, before: Option<RemovalReason>) -> Option<RemovalReason> {
    match before {
        None | Some(RemovalReason::Loop | RemovalReason::NoSpeech | RemovalReason::StockPhrase) => {
            judge(&Evidence::of(segment))
        }
        Some(RemovalReason::OutsideSpeech) => before,
    }
}
