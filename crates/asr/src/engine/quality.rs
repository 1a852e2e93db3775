//! Whether the decoder heard or made up.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use watchme_core::rules::{is_looped, is_unlikely};

use super::text::Spoken;

/// A text that zlib makes this much smaller repeats itself: the value of Whisper's authors.
const MAX_COMPRESSION: f32 = 2.4;

/// What one attempt at a pass is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quality {
    is_stuck: bool,
    has_loop: bool,
    repeats: bool,
    log_probability: f32,
}

impl Quality {
    /// Judges the text of one pass, which came to no end where it `is_stuck`.
    pub(super) fn of(segments: &[Spoken], is_stuck: bool) -> Self {
        let text: String = segments.iter().map(|segment| segment.text.as_str()).collect();
        Self {
            is_stuck,
            has_loop: segments.iter().any(|segment| is_looped(&segment.text)),
            repeats: compression(&text) > MAX_COMPRESSION,
            log_probability: mean_log_probability(segments),
        }
    }

    /// Whether the text can be kept as it is.
    pub(super) fn is_good(self) -> bool {
        !self.is_stuck
            && !self.has_loop
            && !self.repeats
            && !is_unlikely(self.log_probability.exp())
    }

    /// Whether it is the better of two: first one with an end and without loops, then the likelier.
    pub(super) fn is_better_than(self, other: Self) -> bool {
        let faults = |quality: Self| (quality.is_stuck, quality.has_loop, quality.repeats);
        match faults(self).cmp(&faults(other)) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => self.log_probability > other.log_probability,
            std::cmp::Ordering::Greater => false,
        }
    }
}

fn mean_log_probability(segments: &[Spoken]) -> f32 {
    let (mut sum, mut tokens) = (0.0, 0.0);
    for segment in segments {
        #[expect(clippy::cast_precision_loss, reason = "a segment has at most 224 tokens")]
        let weight = segment.tokens as f32;
        sum += segment.log_probability * weight;
        tokens += weight;
    }
    if tokens > 0.0 { sum / tokens } else { 0.0 }
}

/// How many times larger a text is than zlib makes it.
fn compression(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    let compressed = encoder.finish().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a chunk of speech has a few hundred bytes")]
    let ratio = text.len() as f32 / compressed.len().max(1) as f32;
    ratio
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(text: &str, log_probability: f32, no_speech: f32) -> Spoken {
        Spoken {
            start: Duration::ZERO,
            end: Duration::from_secs(1),
            text: text.to_owned(),
            log_probability,
            tokens: text.chars().count(),
            no_speech,
        }
    }

    #[test]
    fn plain_speech_is_good_and_so_is_nothing() {
        assert!(Quality::of(&[], false).is_good());
        assert!(Quality::of(&[said("今朝四十分歩きました。", -0.2, 0.1)], false).is_good());
        let english = " I am fine, thank you. I walked for thirty minutes today.";
        assert!(Quality::of(&[said(english, -0.3, 0.0)], false).is_good());
    }

    #[test]
    fn unlikely_looped_and_repeating_texts_fail() {
        assert!(!Quality::of(&[said("はい。", -1.2, 0.1)], false).is_good());
        assert!(!Quality::of(&[said(&"ありがとう".repeat(10), -0.1, 0.1)], false).is_good());
        let repeating = vec![said("ご視聴ありがとうございました。", -0.1, 0.1); 8];
        assert!(!Quality::of(&repeating, false).is_good());
    }

    #[test]
    fn one_likely_segment_does_not_hide_many_unlikely_tokens() {
        let long = "x".repeat(50);
        assert!(!Quality::of(&[said("a", 0.0, 0.0), said(&long, -1.5, 0.0)], false).is_good());
    }

    #[test]
    fn a_text_without_a_loop_is_better_and_then_the_likelier_one() {
        let likely = Quality::of(&[said("はい。", -0.2, 0.1)], false);
        let unlikely = Quality::of(&[said("はい。", -1.2, 0.1)], false);
        let looped = Quality::of(&[said(&"ありがとう".repeat(10), 0.0, 0.1)], false);
        assert!(likely.is_better_than(unlikely));
        assert!(!unlikely.is_better_than(likely));
        assert!(unlikely.is_better_than(looped));
        assert!(!looped.is_better_than(unlikely));
        assert!(!likely.is_better_than(likely));
        let stuck = Quality::of(&[], true);
        assert!(!stuck.is_good() && looped.is_better_than(stuck));
    }
}
