//! Splits the tokens of a pass into segments, and finds where the next pass begins.

use std::ops::Range;

use super::decode::{MIN_FRAMES, Pass};
use super::frames::ENCODER_FRAMES;
use super::text::RawSegment;
use super::token_rules::Choice;
use super::vocabulary::Vocabulary;

/// The segments of a pass that are complete.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PassSegments {
    pub(super) segments: Vec<RawSegment>,
    /// Frames from the start of this pass to the start of the next: at least [`MIN_FRAMES`], or all
    /// that are left.
    pub(super) advance: usize,
}

/// Splits the tokens of a pass at pairs of timestamps.
///
/// Two timestamps in a row end a segment and begin the next. Tokens after the last such pair are
/// unfinished: they are dropped, and the next pass, which begins where the last whole segment
/// *ends*, decodes that audio again. Beginning where the next segment starts would be at the very
/// onset of speech, and the first word would then be misheard. Only if the text ends with a single
/// timestamp, or has no pair at all, nothing is left to decode after it.
///
/// After the loop in `transcribe` of [openai-whisper], and `_split_segments_by_timestamps` of
/// [faster-whisper].
///
/// [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/transcribe.py
/// [faster-whisper]: https://github.com/SYSTRAN/faster-whisper/blob/master/faster_whisper/transcribe.py
pub(super) fn split_by_timestamps(
    tokens: &[Choice],
    vocabulary: &Vocabulary,
    pass: &Pass<'_>,
) -> PassSegments {
    let length = pass.frames_left.min(ENCODER_FRAMES);
    let count = tokens.len();
    let frame = |index: usize| vocabulary.frame(tokens[index].token);
    let segment = |range: Range<usize>| {
        let (first, last) = (range.start, range.end - 1);
        let start = frame(first).unwrap_or(0);
        let end = frame(last).filter(|&end| last > first && end > 0).unwrap_or(length);
        RawSegment::new(&tokens[range], vocabulary, pass.seek + start..pass.seek + end)
    };

    let mut segments = Vec::new();
    // First token of the segment that is not complete yet.
    let mut open = 0;
    for index in 1..count {
        if frame(index - 1).is_some() && frame(index).is_some() {
            segments.push(segment(open..index));
            open = index;
        }
    }
    let is_finished = open == 0 || (open + 1 < count && frame(count - 1).is_some());
    if !is_finished {
        // The end of the last whole segment; if that is too near, the start of the next one.
        let mut starts = [open - 1, open].into_iter().filter_map(frame);
        if let Some(start) = starts.find(|&start| start >= MIN_FRAMES) {
            return PassSegments { segments, advance: start.min(length) };
        }
    }
    if open < count {
        segments.push(segment(open..count));
    }
    PassSegments { segments, advance: length }
}

impl RawSegment {
    /// Joins tokens to a segment with these frames of the speech.
    fn new(tokens: &[Choice], vocabulary: &Vocabulary, frames: Range<usize>) -> Self {
        let (mut bytes, mut sum, mut count) = (Vec::new(), 0.0, 0_u16);
        // Timestamps do not count towards the probability of the text.
        for choice in tokens.iter().filter(|choice| choice.token < vocabulary.end_of_text()) {
            bytes.extend_from_slice(vocabulary.text(choice.token));
            sum += f64::from(choice.log_probability);
            count += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm needs few digits")]
        let log_probability = (sum / f64::from(count.max(1))) as f32;
        Self { frames, bytes, log_probability, tokens: usize::from(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::Token;
    use super::*;

    /// The timestamp of 0 s.
    const ZERO: Token = 50_364;

    /// A text and its frames.
    type Text<'a> = (&'a str, Range<usize>);

    /// The timestamp of a frame.
    fn at(frame: Token) -> Token {
        ZERO + frame / 2
    }

    /// Splits tokens into texts with their frames; also returns the frames to the next pass.
    fn split(
        tokens: &[Token],
        seek: usize,
        frames_left: usize,
    ) -> (Vec<(String, Range<usize>)>, usize) {
        let vocabulary = Vocabulary::of(&[" ", "a", "b", "c"], 51_865, 6);
        let tokens: Vec<Choice> =
            tokens.iter().map(|&token| Choice { token, log_probability: -0.5 }).collect();
        let pass = Pass { seek, frames_left, prompt: &[] };
        let PassSegments { segments, advance } = split_by_timestamps(&tokens, &vocabulary, &pass);
        let text = |it: RawSegment| (String::from_utf8(it.bytes).unwrap(), it.frames);
        (segments.into_iter().map(text).collect(), advance)
    }

    #[test]
    fn the_next_pass_begins_where_the_last_whole_segment_ends() {
        let (a, b, c) = (1, 2, 3);
        let cases: [(&str, &[Token], &[Text], usize); 14] = [
            ("nothing", &[], &[], 2000),
            ("a start alone", &[at(0)], &[("", 0..2000)], 2000),
            ("no timestamp", &[a, b], &[("ab", 0..2000)], 2000),
            ("a start and no end", &[at(50), a], &[("a", 50..2000)], 2000),
            ("an end and no start", &[a, at(300)], &[("a", 0..300)], 2000),
            ("one sentence", &[at(10), a, b, at(300)], &[("ab", 10..300)], 2000),
            ("an end that is no time", &[at(0), a, at(0)], &[("a", 0..2000)], 2000),
            (
                "two whole sentences",
                &[at(0), a, at(300), at(340), b, at(700)],
                &[("a", 0..300), ("b", 340..700)],
                2000,
            ),
            ("a start after it", &[at(0), a, at(300), at(340)], &[("a", 0..300)], 300),
            ("text after it", &[at(0), a, at(300), at(340), b, c], &[("a", 0..300)], 300),
            (
                "text after two",
                &[a, at(300), at(300), b, at(500), at(520), c],
                &[("a", 0..300), ("b", 300..500)],
                500,
            ),
            ("an end too near", &[at(0), a, at(8), at(40), b], &[("a", 0..8)], 40),
            (
                "an end and a start too near",
                &[at(0), a, at(0), at(0), b, c],
                &[("a", 0..2000), ("bc", 0..2000)],
                2000,
            ),
            ("an end beyond", &[at(0), a, at(2400), at(2500), b], &[("a", 0..2400)], 2000),
        ];
        for (name, tokens, segments, advance) in cases {
            let segments: Vec<_> = segments
                .iter()
                .map(|(text, frames)| ((*text).to_owned(), frames.clone()))
                .collect();
            assert_eq!(split(tokens, 0, 2000), (segments, advance), "{name}");
        }
    }

    #[test]
    fn frames_count_from_the_start_of_the_speech_and_a_pass_is_30_seconds() {
        let (segments, advance) = split(&[at(10), 1, at(300)], 400, 5000);
        assert_eq!(segments, [("a".to_owned(), 410..700)]);
        assert_eq!(advance, 3000);
    }

    #[test]
    fn each_pass_advances() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..500 {
            let tokens: Vec<Token> = (0..random.usize(0..12))
                .map(|_| if random.bool() { 1 } else { at(random.u32(0..40)) })
                .collect();
            let left = random.usize(11..60);
            let (_, advance) = split(&tokens, 0, left);
            assert!((MIN_FRAMES..=left).contains(&advance), "{tokens:?} of {left}: {advance}");
        }
    }

    #[test]
    fn a_segment_is_as_likely_as_its_text() {
        let vocabulary = Vocabulary::of(&[" ", "a"], 51_865, 6);
        let tokens = [(at(0), -9.0), (1, -0.2), (1, -0.4), (at(90), -9.0)]
            .map(|(token, log_probability)| Choice { token, log_probability });
        let pass = Pass { seek: 0, frames_left: 100, prompt: &[] };
        let segment = split_by_timestamps(&tokens, &vocabulary, &pass).segments.remove(0);
        assert!((segment.log_probability + 0.3).abs() < 1e-6);
        assert_eq!(segment.tokens, 2);
    }
}
