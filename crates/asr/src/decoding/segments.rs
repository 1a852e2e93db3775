//! The segments of what a pass wrote, and where the next pass begins.

use std::ops::Range;

use super::decode::{Pass, SHORTEST};
use super::frames::CHUNK;
use super::text::RawSegment;
use super::token_rules::Choice;
use super::vocabulary::Vocabulary;

/// What is kept of a pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Passage {
    pub(super) segments: Vec<RawSegment>,
    /// The next pass begins so many frames after this one: [`SHORTEST`] at least, or all that are
    /// left.
    pub(super) advance: usize,
}

/// Splits what a pass wrote as Whisper's authors do.
///
/// Two times in a row end a segment and begin the next. What comes after the last such pair is
/// unfinished: it is dropped, and heard again by the next pass, which begins where the last whole
/// segment *ends*. Beginning where the next one starts would be at the very onset of speech, whose
/// first word is misheard then. Only where the text ends with a single time, or has no pair at all,
/// nothing is to be heard behind it.
pub(super) fn passage(tokens: &[Choice], vocabulary: &Vocabulary, pass: &Pass<'_>) -> Passage {
    let chunk = pass.left.min(CHUNK);
    let count = tokens.len();
    let frame = |index: usize| vocabulary.frame(tokens[index].token);
    let segment = |range: Range<usize>| {
        let (first, last) = (range.start, range.end - 1);
        let start = frame(first).unwrap_or(0);
        let end = frame(last).filter(|&end| last > first && end > 0).unwrap_or(chunk);
        RawSegment::of(&tokens[range], vocabulary, pass.from + start..pass.from + end)
    };

    let mut segments = Vec::new();
    let mut begun = 0;
    for index in 1..count {
        if frame(index - 1).is_some() && frame(index).is_some() {
            segments.push(segment(begun..index));
            begun = index;
        }
    }
    let is_finished = begun == 0 || (begun + 1 < count && frame(count - 1).is_some());
    if !is_finished {
        // Where the last whole segment ends; where that is no way, where the next one starts.
        let mut ways = [begun - 1, begun].into_iter().filter_map(frame);
        if let Some(way) = ways.find(|&way| way >= SHORTEST) {
            return Passage { segments, advance: way.min(chunk) };
        }
    }
    if begun < count {
        segments.push(segment(begun..count));
    }
    Passage { segments, advance: chunk }
}

impl RawSegment {
    /// The segment of these tokens, in these frames of the window.
    fn of(tokens: &[Choice], vocabulary: &Vocabulary, frames: Range<usize>) -> Self {
        let (mut bytes, mut sum, mut count) = (Vec::new(), 0.0, 0_u16);
        // Times tell when, not what.
        for choice in tokens.iter().filter(|choice| choice.token < vocabulary.end()) {
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

    const ZERO: Token = 50_364;

    /// A text and its frames.
    type Text<'a> = (&'a str, Range<usize>);

    /// The token of a time in frames.
    fn at(frame: Token) -> Token {
        ZERO + frame / 2
    }

    /// Texts with their frames, and how far it is to the next pass.
    fn split(tokens: &[Token], from: usize, left: usize) -> (Vec<(String, Range<usize>)>, usize) {
        let vocabulary = Vocabulary::of(&[" ", "a", "b", "c"], 51_865, 6);
        let tokens: Vec<Choice> =
            tokens.iter().map(|&token| Choice { token, log_probability: -0.5 }).collect();
        let Passage { segments, advance } =
            passage(&tokens, &vocabulary, &Pass { from, left, prompt: &[] });
        let text = |it: RawSegment| (String::from_utf8(it.bytes).unwrap(), it.frames);
        (segments.into_iter().map(text).collect(), advance)
    }

    #[test]
    fn the_next_pass_begins_where_the_last_whole_segment_ends() {
        let (a, b, c) = (1, 2, 3);
        let cases: [(&str, &[Token], &[Text], usize); 14] = [
            ("nothing", &[], &[], 2000),
            ("a start alone", &[at(0)], &[("", 0..2000)], 2000),
            ("no time", &[a, b], &[("ab", 0..2000)], 2000),
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
            ("a start behind", &[at(0), a, at(300), at(340)], &[("a", 0..300)], 300),
            ("text behind", &[at(0), a, at(300), at(340), b, c], &[("a", 0..300)], 300),
            (
                "text behind two",
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
    fn times_count_from_the_start_of_the_window_and_a_chunk_is_30_seconds() {
        let (segments, advance) = split(&[at(10), 1, at(300)], 400, 5000);
        assert_eq!(segments, [("a".to_owned(), 410..700)]);
        assert_eq!(advance, 3000);
    }

    #[test]
    fn each_pass_gets_ahead() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..500 {
            let tokens: Vec<Token> = (0..random.usize(0..12))
                .map(|_| if random.bool() { 1 } else { at(random.u32(0..40)) })
                .collect();
            let left = random.usize(11..60);
            let (_, advance) = split(&tokens, 0, left);
            assert!((SHORTEST..=left).contains(&advance), "{tokens:?} of {left}: {advance}");
        }
    }

    #[test]
    fn a_segment_is_as_likely_as_its_text() {
        let vocabulary = Vocabulary::of(&[" ", "a"], 51_865, 6);
        let tokens = [(at(0), -9.0), (1, -0.2), (1, -0.4), (at(90), -9.0)]
            .map(|(token, log_probability)| Choice { token, log_probability });
        let pass = Pass { from: 0, left: 100, prompt: &[] };
        let segment = passage(&tokens, &vocabulary, &pass).segments.remove(0);
        assert!((segment.log_probability + 0.3).abs() < 1e-6);
        assert_eq!(segment.tokens, 2);
    }
}
