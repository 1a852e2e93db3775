//! Judges stored segments again, by the rules of this version.

use crate::domain::{RemovalReason, Removed, Segment, Transcript};
use crate::rules::{Evidence, judge, looped_rows};

/// A stored segment, judged again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rejudged<'a> {
    /// The segment as the engine wrote it.
    pub segment: &'a Segment,
    /// Reason for which it was removed until now; `None` if it was kept.
    pub before: Option<RemovalReason>,
    /// Reason by the rules of this version.
    pub after: Option<RemovalReason>,
}

/// Judges every segment the engine wrote, in order: what an earlier version removed may come back, and
/// what it kept may go.
///
/// A segment that was removed because of its sound, of which nothing was stored, stays removed: only
/// the recording could prove otherwise.
#[must_use]
pub fn rejudge(transcript: &Transcript) -> Vec<Rejudged<'_>> {
    let mut segments = Vec::new();
    for (segment, before) in transcript.written() {
        let after = match before {
            Some(RemovalReason::OutsideSpeech) if segment.voice.is_none() => before,
            _ => judge(&Evidence::of(segment)),
        };
        segments.push(Rejudged { segment, before, after });
    }
    let mut kept: Vec<&mut Rejudged<'_>> =
        segments.iter_mut().filter(|it| it.after.is_none()).collect();
    for row in looped_rows(kept.iter().map(|it| it.segment.text.as_str())) {
        kept[row].iter_mut().for_each(|it| it.after = Some(RemovalReason::Loop));
    }
    segments
}

/// Returns the transcript as the rules of this version leave it.
#[must_use]
pub fn refiltered(transcript: &Transcript) -> Transcript {
    let mut again = Transcript { segments: Vec::new(), removed: Vec::new(), ..transcript.clone() };
    for Rejudged { segment, after, .. } in rejudge(transcript) {
        let segment = segment.clone();
        match after {
            Some(reason) => again.removed.push(Removed { segment, reason }),
            None => again.segments.push(segment),
        }
    }
    again
}
