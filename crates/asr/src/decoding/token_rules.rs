//! What may be written next, and which of it is.

use std::ops::Range;

use super::characters::{begun, may_become_text};
use super::network::Token;
use super::softmax::{largest, power, sum_of_powers};
use super::vocabulary::Vocabulary;

/// A text begins within its first second: 50 steps of 20 ms.
const LATEST_START: Token = 50;

/// A token that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) token: Token,
    /// The natural logarithm of its probability among all that may be written.
    pub(super) log_probability: f32,
}

/// Chooses tokens as Whisper's authors do: no marks and no notes of sounds, times in pairs and in
/// order, and a time wherever all times together are likelier than any text. Beyond that, a
/// character that is begun is gone on with, so that what is written is valid UTF-8.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    vocabulary: &'a Vocabulary,
    /// 0 takes the likeliest token, more draws the likely ones.
    temperature: f32,
    random: fastrand::Rng,
    /// The logits of one token, as far as they may be written.
    logits: Vec<f32>,
}

/// What may come next, beside the rules that hold everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    text: bool,
    /// The end of the text.
    end: bool,
    /// A space alone.
    blank: bool,
    times: Range<Token>,
    /// The first bytes of a character that is to be gone on with, if one is begun.
    begun: Vec<u8>,
}

impl<'a> Rules<'a> {
    /// The same seed draws the same tokens.
    pub(super) fn new(vocabulary: &'a Vocabulary, temperature: f32, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { vocabulary, temperature, random, logits: Vec::with_capacity(vocabulary.size()) }
    }

    /// Chooses what comes after what is written, by these logits.
    pub(super) fn choose(&mut self, written: &[Choice], logits: &[f32]) -> Choice {
        let allowed = Allowed::after(written, self.vocabulary);
        self.mask(&allowed, logits);
        let end = self.vocabulary.end() as usize;
        let text = if allowed.text { 0 } else { end };
        let all = text..self.logits.len();
        let (texts, others) = self.logits[all.clone()].split_at(end + 1 - text);
        let (largest_text, largest_time) = (largest(texts), largest(others));
        let largest = largest_text.max(largest_time);
        if !largest.is_finite() {
            // No network that works answers that.
            return Choice { token: self.vocabulary.end(), log_probability: f32::MIN };
        }
        let (sum_texts, sum_times) =
            (sum_of_powers(texts, largest), sum_of_powers(others, largest));
        let is_time = largest + sum_times.ln() > largest_text;
        let among = if is_time { end + 1..all.end } else { all };
        let token = self.pick(among, largest).unwrap_or(end);
        let log_probability = self.logits[token] - largest - (sum_texts + sum_times).ln();
        Choice { token: u32::try_from(token).unwrap_or(0), log_probability }
    }

    /// Takes over the logits of what may be written, at this temperature.
    fn mask(&mut self, allowed: &Allowed, logits: &[f32]) {
        let vocabulary = self.vocabulary;
        let size = vocabulary.size();
        self.logits.clear();
        self.logits.extend_from_slice(&logits[..size.min(logits.len())]);
        self.logits.resize(size, f32::NEG_INFINITY);
        if self.temperature > 0.0 {
            self.logits.iter_mut().for_each(|logit| *logit /= self.temperature);
        }
        self.keep_characters_whole(&allowed.begun);
        for &token in vocabulary.suppressed() {
            self.logits[token as usize] = f32::NEG_INFINITY;
        }
        if !allowed.blank {
            self.logits[vocabulary.blank() as usize] = f32::NEG_INFINITY;
        }
        if !allowed.end {
            self.logits[vocabulary.end() as usize] = f32::NEG_INFINITY;
        }
        let times = allowed.times.start as usize..allowed.times.end as usize;
        self.logits[vocabulary.end() as usize + 1..times.start].fill(f32::NEG_INFINITY);
        self.logits[times.end..].fill(f32::NEG_INFINITY);
    }

    /// Leaves of all text what goes on with a character that is begun, or begins one.
    fn keep_characters_whole(&mut self, begun: &[u8]) {
        let amid = self.vocabulary.amid();
        if begun.is_empty() {
            for &token in amid {
                self.logits[token as usize] = f32::NEG_INFINITY;
            }
            return;
        }
        let goes_on = |token| may_become_text(&[begun, self.vocabulary.text(token)].concat());
        let kept = amid.iter().filter(|&&token| goes_on(token));
        let kept: Vec<_> = kept.map(|&token| (token, self.logits[token as usize])).collect();
        self.logits[..self.vocabulary.end() as usize].fill(f32::NEG_INFINITY);
        for (token, logit) in kept {
            self.logits[token as usize] = logit;
        }
    }

    /// One of these tokens: the likeliest, or a likely one. None above `largest`.
    fn pick(&mut self, among: Range<usize>, largest: f32) -> Option<usize> {
        let logits = &self.logits[among.clone()];
        if self.temperature > 0.0 {
            let mut left = self.random.f32() * sum_of_powers(logits, largest);
            for (index, &logit) in logits.iter().enumerate() {
                let share = if logit > f32::NEG_INFINITY { power(logit - largest) } else { 0.0 };
                if left < share {
                    return Some(among.start + index);
                }
                left -= share;
            }
        }
        let likeliest = self::largest(logits);
        // The first of equal ones.
        Some(among.start + logits.iter().position(|&logit| logit >= likeliest)?)
    }
}

impl Allowed {
    fn after(written: &[Choice], vocabulary: &Vocabulary) -> Self {
        let first = vocabulary.first_time();
        #[expect(clippy::cast_possible_truncation, reason = "the size of a vocabulary is one")]
        let size = vocabulary.size() as Token;
        let begun = begun_by(written, vocabulary);
        if !begun.is_empty() {
            return Self { text: true, end: false, blank: false, times: size..size, begun };
        }
        let is_time = |choice: &Choice| choice.token >= first;
        let mut latest = written.iter().rev();
        let (last, before) = (latest.next().map(is_time), latest.next().is_none_or(is_time));
        let times = match last {
            _ if !vocabulary.writes_times() => size..size,
            None => first..first + LATEST_START + 1,
            Some(true) if before => size..size,
            Some(_) => {
                let earlier = written.iter().rev().find(|choice| is_time(choice));
                earlier.map_or(first, |choice| choice.token)..size
            }
        };
        let is_start = last.is_none();
        let text = last != Some(true) || before;
        Self { text, end: !is_start, blank: !is_start, times, begun }
    }
}

/// The first bytes of the character that the last tokens have begun.
fn begun_by(written: &[Choice], vocabulary: &Vocabulary) -> Vec<u8> {
    // A character has at most four bytes, and a token of text one at least.
    let tail = &written[written.len().saturating_sub(3)..];
    let bytes: Vec<u8> = tail.iter().flat_map(|it| vocabulary.text(it.token)).copied().collect();
    begun(&bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Token = 50_257;
    const TIME: Token = 50_364;
    const SIZE: Token = 51_865;

    fn vocabulary() -> Vocabulary {
        Vocabulary::of(&[" ", "a", "b", "♪"], SIZE, 6)
    }

    fn written(tokens: &[Token]) -> Vec<Choice> {
        tokens.iter().map(|&token| Choice { token, log_probability: -0.5 }).collect()
    }

    /// Logits of these tokens; all others are unlikely.
    fn logits(likely: &[(Token, f32)]) -> Vec<f32> {
        let mut logits = vec![-50.0; SIZE as usize];
        for &(token, logit) in likely {
            logits[token as usize] = logit;
        }
        logits
    }

    #[test]
    fn times_come_in_pairs_and_in_order() {
        let vocabulary = vocabulary();
        let none = SIZE..SIZE;
        for (tokens, text, times) in [
            (&[][..], true, TIME..TIME + 51),
            (&[1], true, TIME..SIZE),
            (&[TIME], true, none.clone()),
            (&[TIME + 10, 1], true, TIME + 10..SIZE),
            (&[TIME + 10, 1, TIME + 90], false, TIME + 90..SIZE),
            (&[1, TIME + 90], false, TIME + 90..SIZE),
            (&[TIME, 1, TIME + 90, TIME + 95], true, none),
            (&[TIME, 1, TIME + 90, TIME + 95, 2], true, TIME + 95..SIZE),
        ] {
            let allowed = Allowed::after(&written(tokens), &vocabulary);
            let is_later = !tokens.is_empty();
            let (end, blank, begun) = (is_later, is_later, Vec::new());
            let expected = Allowed { text, end, blank, times, begun };
            assert_eq!(allowed, expected, "{tokens:?}");
        }
    }

    #[test]
    fn a_model_without_times_writes_none() {
        let vocabulary = Vocabulary::of(&[" "], SIZE, 2);
        for tokens in [&[][..], &[1]] {
            assert!(Allowed::after(&written(tokens), &vocabulary).times.is_empty(), "{tokens:?}");
        }
    }

    #[test]
    fn the_likeliest_that_may_be_written_is_taken() {
        let vocabulary = vocabulary();
        let (a, b, note) = (1, 2, 3);
        for (tokens, likely, expected) in [
            // Neither a space, nor the end, nor a time after the first second begins a text.
            (&[][..], &[(0, 9.0), (END, 8.0), (TIME + 51, 8.0), (TIME + 50, 7.0)][..], TIME + 50),
            (&[], &[(note, 9.0), (a, 1.0)], a),
            (&[TIME], &[(0, 9.0), (a, 1.0)], 0),
            // Of equal ones the first.
            (&[TIME], &[(b, 5.0), (a, 5.0)], a),
            // No mark is written but the end.
            (&[TIME, a], &[(END + 1, 9.0), (TIME - 1, 9.0), (TIME - 2, 9.0), (END, 1.0)], END),
            // All times together are likelier than the likeliest text.
            (&[TIME, a], &[(b, 5.0), (TIME + 20, 4.9), (TIME + 21, 4.8)], TIME + 20),
            (&[TIME, a], &[(b, 5.0), (TIME + 20, 4.0), (TIME + 21, 3.0)], b),
            // Times do not go back.
            (&[TIME + 30, a], &[(TIME + 20, 9.0), (TIME + 30, 1.0)], TIME + 30),
            // After the end of a sentence there is the start of the next or the end of all.
            (&[TIME, a, TIME + 9], &[(b, 9.0), (END, 1.0), (TIME + 9, 0.5)], END),
            (&[TIME, a, TIME + 9], &[(b, 9.0), (END, 1.0), (TIME + 9, 1.5)], TIME + 9),
        ] {
            let mut rules = Rules::new(&vocabulary, 0.0, 0);
            let choice = rules.choose(&written(tokens), &logits(likely));
            assert_eq!(choice.token, expected, "after {tokens:?} of {likely:?}");
            assert!((-20.0..=0.0).contains(&choice.log_probability), "{choice:?}");
        }
    }

    #[test]
    fn a_character_that_is_begun_is_gone_on_with() {
        let texts: [&[u8]; 6] = [b" ", b"a", b"\xe4", b"\xbb\x8a", b"\xbb", b"\xff"];
        let vocabulary = Vocabulary::of(&texts, SIZE, 6);
        let (a, first, rest, second, broken) = (1, 2, 3, 4, 5);
        let all = [(broken, 9.0), (rest, 8.0), (second, 7.0), (END, 6.0), (TIME, 6.0), (a, 5.0)];
        for (tokens, expected) in [
            (&[a][..], END),
            (&[a, TIME], END),
            (&[a, first], rest),
            (&[a, first, second], second),
            (&[a, first, rest], END),
        ] {
            let mut rules = Rules::new(&vocabulary, 0.0, 0);
            let choice = rules.choose(&written(tokens), &logits(&all));
            assert_eq!(choice.token, expected, "after {tokens:?}");
        }
        // A vocabulary that cannot go on comes to an end.
        let vocabulary = Vocabulary::of(&texts[..3], SIZE, 6);
        let choice = Rules::new(&vocabulary, 0.0, 0).choose(&written(&[first]), &logits(&all));
        assert_eq!(choice.token, END);
    }

    #[test]
    fn the_probability_is_among_all_that_may_be_written() {
        let vocabulary = vocabulary();
        let logits = logits(&[(1, 3.0_f32.ln()), (2, 0.0), (3, 9.0), (END + 3, 9.0)]);
        let choice = Rules::new(&vocabulary, 0.0, 0).choose(&written(&[TIME]), &logits);
        assert!((choice.log_probability.exp() - 0.75).abs() < 1e-5, "{choice:?}");
    }

    #[test]
    fn a_temperature_draws_by_probability_and_repeats_itself() {
        let vocabulary = vocabulary();
        let logits = logits(&[(1, 0.0), (2, 0.5 * 3.0_f32.ln()), (3, 9.0)]);
        let draw = || {
            let mut rules = Rules::new(&vocabulary, 0.5, 7);
            let mut draw = || rules.choose(&written(&[TIME]), &logits).token;
            (0..400).map(|_| draw()).collect::<Vec<_>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        // At half the temperature the odds of 1 to 3^0.5 are 1 to 3.
        let count = |token| drawn.iter().filter(|&&it| it == token).count();
        assert_eq!(count(1) + count(2), 400);
        assert!((70..130).contains(&count(1)), "{}", count(1));
    }

    #[test]
    fn logits_that_are_no_numbers_end_the_text() {
        let vocabulary = vocabulary();
        let broken = vec![f32::NAN; SIZE as usize];
        let choice = Rules::new(&vocabulary, 0.0, 0).choose(&written(&[TIME, 1]), &broken);
        assert_eq!(choice.token, END);
    }
}
