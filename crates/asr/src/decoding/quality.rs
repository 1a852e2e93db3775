//! The quality of an attempt at a pass: speech, or a failure of the decoder.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use watchme_core::rules::{is_looped, is_unlikely};

use super::text::WindowSegment;

/// A text that zlib makes this much smaller repeats itself: `compression_ratio_threshold` of
/// [openai-whisper].
///
/// [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/transcribe.py
const MAX_COMPRESSION: f32 = 2.4;

/// Signs of failure in one attempt at a pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quality {
    is_stuck: bool,
    has_loop: bool,
    repeats: bool,
    log_probability: f32,
}

impl Quality {
    /// Judges the segments of one attempt. `is_stuck`: the decoder did not end the text.
    pub(super) fn of(segments: &[WindowSegment], is_stuck: bool) -> Self {
        let text: String = segments.iter().map(|segment| segment.text.as_str()).collect();
        Self {
            is_stuck,
            has_loop: segments.iter().any(|segment| is_looped(&segment.text)),
            repeats: compression_ratio(&text) > MAX_COMPRESSION,
            log_probability: mean_log_probability(segments),
        }
    }

    /// True if the text can be kept as it is, without another attempt.
    pub(super) fn is_good(self) -> bool {
        !self.is_stuck
            && !self.has_loop
            && !self.repeats
            && !is_unlikely(self.log_probability.exp())
    }

    /// True if it is the better of two: the one with fewer signs of failure, then the likelier one.
    pub(super) fn is_better_than(self, other: Self) -> bool {
        let faults = |quality: Self| (quality.is_stuck, quality.has_loop, quality.repeats);
        match faults(self).cmp(&faults(other)) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => self.log_probability > other.log_probability,
            std::cmp::Ordering::Greater => false,
        }
    }
}

/// Returns the mean over all tokens, so that a long segment counts more than a short one.
fn mean_log_probability(segments: &[WindowSegment]) -> f32 {
    let (mut sum, mut tokens) = (0.0, 0.0);
    for segment in segments {
        #[expect(clippy::cast_precision_loss, reason = "a segment has at most 224 tokens")]
        let weight = segment.tokens as f32;
        sum += segment.log_probability * weight;
        tokens += weight;
    }
    if tokens > 0.0 { sum / tokens } else { 0.0 }
}

/// Returns the size of a text divided by its size after zlib.
fn compression_ratio(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text.as_bytes());
    let compressed = encoder.finish().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "the text of a pass has a few hundred bytes")]
    let ratio = text.len() as f32 / compressed.len().max(1) as f32;
    ratio
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn segment(text: &str, log_probability: f32, no_speech: f32) -> WindowSegment {
        WindowSegment {
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
        assert!(Quality::of(&[segment("今朝四十分歩きました。", -0.2, 0.1)], false).is_good());
        let english = " I am fine, thank you. I walked for thirty minutes today.";
        assert!(Quality::of(&[segment(english, -0.3, 0.0)], false).is_good());
    }

    #[test]
    fn unlikely_looped_and_repeating_texts_fail() {
        assert!(!Quality::of(&[segment("はい。", -1.2, 0.1)], false).is_good());
        assert!(!Quality::of(&[segment(&"ありがとう".repeat(10), -0.1, 0.1)], false).is_good());
        let repeating =
            vec![segment("ご視聴ありがとうございました。", -0.1, 0.1); 8];
        assert!(!Quality::of(&repeating, false).is_good());
    }

    #[test]
    fn one_likely_segment_does_not_hide_many_unlikely_tokens() {
        let long = "x".repeat(50);
        assert!(
            !Quality::of(&[segment("a", 0.0, 0.0), segment(&long, -1.5, 0.0)], false).is_good()
        );
    }

    #[test]
    fn a_text_without_a_loop_is_better_and_then_the_likelier_one() {
        let likely = Quality::of(&[segment("はい。", -0.2, 0.1)], false);
        let unlikely = Quality::of(&[segment("はい。", -1.2, 0.1)], false);
        let looped = Quality::of(&[segment(&"ありがとう".repeat(10), 0.0, 0.1)], false);
        assert!(likely.is_better_than(unlikely));
        assert!(!unlikely.is_better_than(likely));
        assert!(unlikely.is_better_than(looped));
        assert!(!looped.is_better_than(unlikely));
        assert!(!likely.is_better_than(likely));
        let stuck = Quality::of(&[], true);
        assert!(!stuck.is_good() && looped.is_better_than(stuck));
    }
}
