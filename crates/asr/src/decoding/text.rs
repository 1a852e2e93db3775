//! Turns what the decoder wrote into segments of text with times.

use std::ops::Range;
use std::time::Duration;

use watchme_core::Segment;

use crate::audio::Window;

/// A segment as the decoder wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawSegment {
    /// From the start of the window, of 10 ms each.
    pub(super) frames: Range<usize>,
    /// UTF-8, but where the decoder was stopped amid a character.
    pub(super) bytes: Vec<u8>,
    /// The mean natural logarithm of the text tokens' probabilities.
    pub(super) log_probability: f32,
    /// How many text tokens there are.
    pub(super) tokens: usize,
}

/// A segment with its text, still with times in its window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spoken {
    pub(super) start: Duration,
    pub(super) end: Duration,
    pub(super) text: String,
    pub(super) log_probability: f32,
    pub(super) tokens: usize,
    /// How likely the model holds this for no speech, 0 to 1. Asked only where the text is
    /// unlikely, 0 elsewhere.
    pub(super) no_speech: f32,
}

/// Decodes the text of one pass over a window that is `length` long. Segments without text are left
/// out.
///
/// Times are kept inside the window and in order.
pub(super) fn spoken(raw: Vec<RawSegment>, length: Duration) -> Vec<Spoken> {
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
        segments.push(Spoken {
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

/// The segment of a recording that a segment of a window is.
pub(super) fn placed(spoken: Spoken, window: &Window) -> Segment {
    let Range { start, end } = window.in_recording(&(spoken.start..spoken.end));
    Segment {
        start,
        end,
        confidence: spoken.confidence(),
        no_speech: spoken.no_speech.clamp(0.0, 1.0),
        text: spoken.text,
    }
}

impl Spoken {
    /// The geometric mean of the tokens' probabilities, 0 to 1.
    pub(super) fn confidence(&self) -> f32 {
        self.log_probability.exp().clamp(0.0, 1.0)
    }
}

fn time(frame: usize) -> Duration {
    Duration::from_millis(10 * frame as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(start: usize, end: usize, bytes: &[u8]) -> RawSegment {
        let frames = Range { start, end };
        RawSegment { frames, bytes: bytes.to_vec(), log_probability: -0.5, tokens: 1 }
    }

    fn texts(parts: &[&[u8]]) -> Vec<String> {
        let raw = parts.iter().map(|bytes| raw(0, 100, bytes)).collect();
        spoken(raw, Duration::from_secs(28)).into_iter().map(|segment| segment.text).collect()
    }

    #[test]
    fn what_is_no_character_is_replaced_and_loses_nothing_beside_it() {
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
            raw(0, 120, b"a"),
            raw(100, 90, b"b"),
            raw(150, 3000, b"c"),
            raw(2900, 3000, b"d"),
        ];
        let times: Vec<(u128, u128)> = spoken(segments, length)
            .into_iter()
            .map(|segment| (segment.start.as_millis(), segment.end.as_millis()))
            .collect();
        assert_eq!(times, [(0, 1200), (1200, 1200), (1500, 2000), (2000, 2000)]);
    }

    #[test]
    fn the_confidence_is_the_mean_probability_of_a_token() {
        let segment = spoken(vec![raw(50, 100, b"a")], Duration::from_secs(2)).remove(0);
        assert!((segment.confidence() - (-0.5_f32).exp()).abs() < 1e-6);
    }
}
