//! The beam on networks that follow a table.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::*;
use crate::decoding::NetworkTimes;
use crate::decoding::network::Token;

const SIZE: usize = 51_865;
const END: Token = 50_257;
const ZERO: Token = 50_364;

/// Tokens after a text, with their probabilities.
type Next<'a> = (&'a [Token], &'a [(Token, f32)]);

/// A network that follows a table, and finds all tokens alike after any other text.
struct Table<'a> {
    nexts: &'a [Next<'a>],
    texts: Vec<Vec<Token>>,
    logits: Vec<f32>,
    /// Number of hypotheses in each step.
    steps: Vec<usize>,
}

impl Table<'_> {
    fn look_up(&mut self) -> &[f32] {
        self.steps.push(self.texts.len());
        self.logits.clear();
        for text in &self.texts {
            let next = self.nexts.iter().find(|(before, _)| before == text);
            let mut logits = vec![-50.0; SIZE];
            for &(token, probability) in next.map_or(&[][..], |(_, next)| next) {
                logits[token as usize] = probability.ln();
            }
            self.logits.extend(logits);
        }
        &self.logits
    }
}

impl Network for Table<'_> {
    fn set_audio(&mut self, _: &[f32]) -> Result<(), TranscribeError> {
        Ok(())
    }

    fn encode(&mut self, _: usize, count: usize) -> Result<usize, TranscribeError> {
        Ok(count)
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        // The prompt, which is no text.
        assert_eq!((tokens, past), (&[END + 1][..], 0));
        self.texts = vec![Vec::new()];
        Ok(self.look_up())
    }

    fn max_hypotheses(&self) -> usize {
        5
    }

    fn decode_beam(
        &mut self,
        tokens: &[Token],
        parents: &[usize],
        past: usize,
    ) -> Result<&[f32], TranscribeError> {
        let followed = parents.iter().zip(tokens);
        self.texts = followed.map(|(&of, &by)| [&self.texts[of][..], &[by]].concat()).collect();
        assert!(self.texts.iter().all(|text| text.len() == past));
        Ok(self.look_up())
    }

    fn set_threads(&mut self, _: NonZeroUsize) {}

    fn kernel(&self) -> &'static str {
        "table"
    }

    fn times(&self) -> NetworkTimes {
        NetworkTimes::default()
    }
}

/// What a search has found, and the number of hypotheses in each of its steps.
struct Found {
    text: Vec<Token>,
    is_stuck: bool,
    steps: Vec<usize>,
}

/// Searches with a beam of this size.
fn search(nexts: &[Next<'_>], size: usize, frames_left: usize) -> Found {
    let vocabulary = Vocabulary::of(&[" ", "a", "b", "c"], 51_865, 6);
    let mut network = Table { nexts, texts: Vec::new(), logits: Vec::new(), steps: Vec::new() };
    let cancelled = AtomicBool::new(false);
    let deadline = Instant::now() + Duration::from_mins(1);
    let stop = Stop { cancelled: &cancelled, deadline };
    let pass = Pass { seek: 0, frames_left, prompt: &[END + 1] };
    let found = pass.search(&mut network, &vocabulary, size, &stop).unwrap();
    let text = found.tokens.iter().map(|choice| choice.token).collect();
    Found { text, is_stuck: found.is_stuck, steps: network.steps }
}

/// The likeliest first token leads to unlikely ones.
const MISLEADING: [Next<'static>; 6] = [
    (&[], &[(ZERO, 1.0)]),
    (&[ZERO], &[(1, 0.6), (2, 0.4)]),
    (&[ZERO, 1], &[(1, 0.2), (2, 0.2), (3, 0.2), (END, 0.2)]),
    (&[ZERO, 1, 1], &[(END, 1.0)]),
    (&[ZERO, 2], &[(3, 0.9), (END, 0.1)]),
    (&[ZERO, 2, 3], &[(END, 1.0)]),
];

#[test]
fn a_beam_finds_the_text_that_is_likelier_in_the_end() {
    assert_eq!(search(&MISLEADING, 1, 3000).text, [ZERO, 1, 1]);
    assert_eq!(search(&MISLEADING, 5, 3000).text, [ZERO, 2, 3]);
}

#[test]
fn a_hypothesis_ends_with_the_audio() {
    let nexts: [Next<'_>; 3] =
        [(&[], &[(ZERO, 1.0)]), (&[ZERO], &[(1, 1.0)]), (&[ZERO, 1], &[(ZERO + 100, 1.0)])];
    let found = search(&nexts, 1, 205);
    assert_eq!((found.text, found.steps), (vec![ZERO, 1, ZERO + 100], vec![1; 3]));
}

#[test]
fn an_unlikely_hypothesis_is_given_up() {
    // In natural logarithms the second is 1.1 behind, the third 4.3.
    let nexts: [Next<'_>; 4] = [
        (&[], &[(ZERO, 1.0)]),
        (&[ZERO], &[(1, 0.74), (2, 0.25), (3, 0.01)]),
        (&[ZERO, 1], &[(END, 1.0)]),
        (&[ZERO, 2], &[(END, 1.0)]),
    ];
    let found = search(&nexts, 5, 3000);
    assert_eq!((found.text, found.steps), (vec![ZERO, 1], vec![1, 1, 2]));
}

#[test]
fn hypotheses_that_differ_in_times_only_are_one() {
    let nexts: [Next<'_>; 4] = [
        (&[], &[(ZERO + 1, 0.4), (ZERO, 0.35), (ZERO + 2, 0.25)]),
        (&[ZERO + 1], &[(1, 0.6), (2, 0.4)]),
        (&[ZERO + 1, 1], &[(END, 1.0)]),
        (&[ZERO + 1, 2], &[(END, 1.0)]),
    ];
    let found = search(&nexts, 5, 3000);
    assert_eq!((found.text, found.steps), (vec![ZERO + 1, 1], vec![1, 1, 2]));
}

#[test]
fn once_a_text_has_ended_only_likelier_ones_go_on() {
    let nexts: [Next<'_>; 5] = [
        (&[], &[(ZERO, 1.0)]),
        (&[ZERO], &[(1, 0.5), (2, 0.5)]),
        (&[ZERO, 1], &[(END, 0.9), (3, 0.1)]),
        (&[ZERO, 2], &[(3, 0.65), (2, 0.35)]),
        (&[ZERO, 2, 3], &[(END, 1.0)]),
    ];
    // The mean of 0.5 and 0.65 over three tokens is better than that of 0.5 and 0.9 over two.
    assert_eq!(search(&nexts, 5, 3000).text, [ZERO, 2, 3]);
    // A worse one does not go on.
    let nexts = [nexts[0], nexts[1], nexts[2], (&[ZERO, 2], &[(3, 0.25), (2, 0.25), (1, 0.25)])];
    let found = search(&nexts, 5, 3000);
    assert_eq!((found.text, found.steps.len()), (vec![ZERO, 1], 3));
}

/// A text, and the only token that may follow.
type OnlyNext = (Vec<Token>, [(Token, f32); 1]);

/// Returns the table of a text that goes on with these tokens.
fn followed(tokens: &[Token]) -> Vec<OnlyNext> {
    let next = |at: usize| ([&[ZERO], &tokens[..at]].concat(), [(tokens[at], 1.0)]);
    (0..tokens.len()).map(next).collect()
}

#[test]
fn a_text_without_end_is_cut_off() {
    let mut random = fastrand::Rng::with_seed(5);
    let tokens: Vec<Token> = (0..MAX_TOKENS).map(|_| random.u32(1..4)).collect();
    let table = followed(&tokens);
    let mut nexts: Vec<Next<'_>> = vec![(&[], &[(ZERO, 1.0)])];
    nexts.extend(table.iter().map(|(text, next)| (text.as_slice(), &next[..])));
    let found = search(&nexts, 1, 3000);
    assert_eq!((found.text.len(), found.steps.len()), (MAX_TOKENS, MAX_TOKENS));
    assert!(found.is_stuck);
}

#[test]
fn a_text_that_goes_round_in_circles_is_cut_off_early_and_others_go_on() {
    let table = followed(&[1; 60]);
    let mut nexts: Vec<Next<'_>> = vec![(&[], &[(ZERO, 1.0)])];
    nexts.extend(table.iter().map(|(text, next)| (text.as_slice(), &next[..])));
    let found = search(&nexts, 5, 3000);
    assert_eq!((found.text.len(), found.steps.len()), (1 + 48, 1 + 48));
    assert!(found.is_stuck);

    // The last 1 may be a 2, and the text then ends.
    let last = [&[ZERO][..], &[1; 47]].concat();
    let other = [&last[..], &[2]].concat();
    let at = nexts.iter().position(|(text, _)| *text == last).unwrap();
    nexts[at].1 = &[(1, 0.7), (2, 0.3)];
    nexts.push((&other, &[(END, 1.0)]));
    let found = search(&nexts, 5, 3000);
    assert_eq!((found.text, found.is_stuck), (other.clone(), false));
}
