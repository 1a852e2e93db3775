//! Segments on their way from tokens to text, and from frames to times in the recording.

use std::ops::Range;
use std::time::Duration;

use watchme_core::Segment;
use watchme_core::rules::Evidence;

use crate::audio::Window;

/// A segment as the decoder wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawSegment {
    /// Frames from the start of the speech.
    pub(super) frames: Range<usize>,
    /// UTF-8, except where the decoder was stopped inside a character.
    pub(super) bytes: Vec<u8>,
    /// Mean natural logarithm of the text tokens' probabilities.
    pub(super) log_probability: f32,
    /// Number of text tokens.
    pub(super) tokens: usize,
}

/// A segment with its text, and times from the start of its window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WindowSegment {
    pub(super) start: Duration,
    pub(super) end: Duration,
    pub(super) text: String,
    /// Mean natural logarithm of the text tokens' probabilities.
    pub(super) log_probability: f32,
    /// Number of text tokens.
    pub(super) tokens: usize,
    /// Probability that nobody speaks, as the model sees it, 0 to 1. Computed only if the text is
    /// doubtful, 0 otherwise.
    pub(super) no_speech: f32,
}

/// Decodes the text of segments in a window of this length, and leaves out those without text.
/// Their times are clamped to the window and to the order of the segments.
pub(super) fn decode_text(raw: Vec<RawSegment>, length: Duration) -> Vec<WindowSegment> {
    let mut segments = Vec::with_capacity(raw.len());
    let mut after = Duration::ZERO;
    for segment in raw {
        let text = String::from_utf8_lossy(&segment.bytes).into_owned();
        if text.trim().is_empty() {
            continue;
        }
        let start = time(segment.frames.start).clamp(after, length.max(after));
        let end = time(segment.frames.end).clamp(start, length.max(start));
        after = end;
        segments.push(WindowSegment {
            start,
            end,
            text,
            log_probability: segment.log_probability,
            tokens: segment.tokens,
            no_speech: 0.0,
        });
    }
    segments
}

impl WindowSegment {
    /// Geometric mean of the tokens' probabilities, 0 to 1.
    pub(super) fn confidence(&self) -> f32 {
        self.log_probability.exp().clamp(0.0, 1.0)
    }

    /// Start and end in its window.
    pub(super) fn times(&self) -> Range<Duration> {
        self.start..self.end
    }

    /// Evidence of the text and of the sound.
    pub(super) fn evidence(&self, window: &Window) -> Evidence<'_> {
        let times = window.in_recording(&self.times());
        Evidence {
            text: &self.text,
            confidence: self.confidence(),
            no_speech: self.no_speech,
            length: times.end.saturating_sub(times.start),
            voice: Some(window.voice_in(&self.times())),
        }
    }

    /// Moves the segment from its window to where that lies in the recording.
    pub(super) fn into_recording(self, window: &Window) -> Segment {
        let Range { start, end } = window.in_recording(&self.times());
        Segment {
            start,
            end,
            voice: Some(window.voice_in(&self.times())),
            confidence: self.confidence(),
            no_speech: self.no_speech.clamp(0.0, 1.0),
            text: self.text,
        }
    }
}

fn time(frame: usize) -> Duration {
    Duration::from_millis(10 * frame as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw_segment(start: usize, end: usize, bytes: &[u8]) -> RawSegment {
        let frames = Range { start, end };
        RawSegment { frames, bytes: bytes.to_vec(), log_probability: -0.5, tokens: 1 }
    }

    fn texts(parts: &[&[u8]]) -> Vec<String> {
        let raw = parts.iter().map(|bytes| raw_segment(0, 100, bytes)).collect();
        decode_text(raw, Duration::from_secs(28)).into_iter().map(|segment| segment.text).collect()
    }

    #[test]
    fn bytes_that_are_no_character_are_replaced_and_cost_nothing_beside_them() {
        assert_eq!(texts(&[b"a\xffb"]), ["a\u{fffd}b"]);
        assert_eq!(texts(&[b"a\xe4\xbb"]), ["a\u{fffd}"]);
        assert_eq!(texts(&[b"\x80\x80", b"b"]), ["\u{fffd}\u{fffd}", "b"]);
    }

    #[test]
    fn segments_without_text_are_left_out() {
        assert_eq!(texts(&[b" ", b"", b"a"]), ["a"]);
    }

    #[test]
    fn times_stay_inside_the_window_and_in_order() {
        let length = Duration::from_secs(2);
        let segments = vec![
            raw_segment(0, 120, b"a"),
            raw_segment(100, 90, b"b"),
            raw_segment(150, 3000, b"c"),
            raw_segment(2900, 3000, b"d"),
        ];
        let times: Vec<(u128, u128)> = decode_text(segments, length)
            .into_iter()
            .map(|segment| (segment.start.as_millis(), segment.end.as_millis()))
            .collect();
        assert_eq!(times, [(0, 1200), (1200, 1200), (1500, 2000), (2000, 2000)]);
    }

    #[test]
    fn the_confidence_is_the_mean_probability_of_a_token() {
        let segment =
            decode_text(vec![raw_segment(50, 100, b"a")], Duration::from_secs(2)).remove(0);
        assert!((segment.confidence() - (-0.5_f32).exp()).abs() < 1e-6);
    }
}
