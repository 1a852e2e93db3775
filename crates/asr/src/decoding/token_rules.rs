//! The rules for the next token, and the choice among the tokens that they allow.
//!
//! After `SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules` and `GreedyDecoder` of
//! [openai-whisper], plus one rule that is ours: inside a UTF-8 character only tokens that continue
//! it are allowed, so that the output is always valid UTF-8.
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/decoding.py

use std::ops::Range;

use super::characters::{incomplete_character, is_utf8_prefix};
use super::network::Token;
use super::softmax::{exp, max, sum_exp};
use super::vocabulary::Vocabulary;

/// Latest timestamp that a text may begin with, in steps of 20 ms: 1 s, `max_initial_timestamp` of
/// openai-whisper.
const MAX_INITIAL_TIMESTAMP: Token = 50;

/// A token that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) token: Token,
    /// Natural logarithm of its probability among all tokens that were allowed.
    pub(super) log_probability: f32,
}

/// Chooses the tokens of one text.
///
/// Special tokens and notes of sounds are never chosen, timestamps come in pairs and in order, and a
/// timestamp is chosen wherever all timestamps together are likelier than any text token.
#[derive(Debug)]
pub(super) struct TokenRules<'a> {
    vocabulary: &'a Vocabulary,
    /// At 0 the likeliest token is chosen, above it is drawn by probability.
    temperature: f32,
    random: fastrand::Rng,
    /// Logits of the allowed tokens; negative infinity for all others. `[vocabulary]`
    logits: Vec<f32>,
}

/// The part of the rules that depends on the tokens before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Allowed {
    text: bool,
    /// The end of the text.
    end: bool,
    /// A single space.
    blank: bool,
    timestamps: Range<Token>,
    /// First bytes of a character that has to be completed; empty between characters.
    incomplete: Vec<u8>,
}

impl<'a> TokenRules<'a> {
    /// The same seed draws the same tokens.
    pub(super) fn new(vocabulary: &'a Vocabulary, temperature: f32, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { vocabulary, temperature, random, logits: Vec::with_capacity(vocabulary.size()) }
    }

    /// Chooses the token after `before` by its logits. `[vocabulary]`
    pub(super) fn choose(&mut self, before: &[Choice], logits: &[f32]) -> Choice {
        let Some((among, largest, log_sum)) = self.weigh(before, logits) else {
            // A working network never gets here.
            return Choice { token: self.vocabulary.end_of_text(), log_probability: f32::MIN };
        };
        let end = self.vocabulary.end_of_text() as usize;
        let token = self.pick(among, largest).unwrap_or(end);
        self.choice(token, largest + log_sum)
    }

    /// Returns the likeliest `count` tokens after `before`, the likeliest first.
    pub(super) fn likeliest(
        &mut self,
        before: &[Choice],
        logits: &[f32],
        count: usize,
    ) -> Vec<Choice> {
        let Some((among, largest, log_sum)) = self.weigh(before, logits) else {
            return vec![Choice {
                token: self.vocabulary.end_of_text(),
                log_probability: f32::MIN,
            }];
        };
        let mut likeliest: Vec<usize> = Vec::with_capacity(count + 1);
        let mut least = f32::NEG_INFINITY;
        for token in among {
            let logit = self.logits[token];
            // The first of equal ones comes first.
            if logit > least {
                let place = likeliest.partition_point(|&it| self.logits[it] >= logit);
                likeliest.insert(place, token);
                likeliest.truncate(count);
                if likeliest.len() == count {
                    least = self.logits[likeliest[count - 1]];
                }
            }
        }
        likeliest.into_iter().map(|token| self.choice(token, largest + log_sum)).collect()
    }

    fn choice(&self, token: usize, log_total: f32) -> Choice {
        let log_probability = self.logits[token] - log_total;
        Choice { token: u32::try_from(token).unwrap_or(0), log_probability }
    }

    /// Masks the logits of the token after `before`. Returns the range to choose from, the largest
    /// logit, and the logarithm of the sum of all exponentials relative to it. `None` if no token is
    /// allowed.
    fn weigh(&mut self, before: &[Choice], logits: &[f32]) -> Option<(Range<usize>, f32, f32)> {
        let allowed = Allowed::after(before, self.vocabulary);
        self.mask(&allowed, logits);
        let end = self.vocabulary.end_of_text() as usize;
        let text = if allowed.text { 0 } else { end };
        let all = text..self.logits.len();
        let (texts, timestamps) = self.logits[all.clone()].split_at(end + 1 - text);
        let (max_text, max_timestamp) = (max(texts), max(timestamps));
        let largest = max_text.max(max_timestamp);
        if !largest.is_finite() {
            return None;
        }
        let (sum_texts, sum_timestamps) = (sum_exp(texts, largest), sum_exp(timestamps, largest));
        let is_timestamp = largest + sum_timestamps.ln() > max_text;
        let among = if is_timestamp { end + 1..all.end } else { all };
        Some((among, largest, (sum_texts + sum_timestamps).ln()))
    }

    /// Copies the logits of the allowed tokens, scaled by the temperature.
    fn mask(&mut self, allowed: &Allowed, logits: &[f32]) {
        let vocabulary = self.vocabulary;
        let size = vocabulary.size();
        self.logits.clear();
        self.logits.extend_from_slice(&logits[..size.min(logits.len())]);
        self.logits.resize(size, f32::NEG_INFINITY);
        if self.temperature > 0.0 {
            self.logits.iter_mut().for_each(|logit| *logit /= self.temperature);
        }
        self.keep_characters_whole(&allowed.incomplete);
        for &token in vocabulary.suppressed() {
            self.logits[token as usize] = f32::NEG_INFINITY;
        }
        if !allowed.blank {
            self.logits[vocabulary.blank() as usize] = f32::NEG_INFINITY;
        }
        if !allowed.end {
            self.logits[vocabulary.end_of_text() as usize] = f32::NEG_INFINITY;
        }
        let timestamps = allowed.timestamps.start as usize..allowed.timestamps.end as usize;
        self.logits[vocabulary.end_of_text() as usize + 1..timestamps.start]
            .fill(f32::NEG_INFINITY);
        self.logits[timestamps.end..].fill(f32::NEG_INFINITY);
    }

    /// Keeps the text tokens that continue an incomplete character, or those that begin a new one.
    fn keep_characters_whole(&mut self, incomplete: &[u8]) {
        let continuations = self.vocabulary.continuations();
        if incomplete.is_empty() {
            for &token in continuations {
                self.logits[token as usize] = f32::NEG_INFINITY;
            }
            return;
        }
        let continues = |token| is_utf8_prefix(&[incomplete, self.vocabulary.text(token)].concat());
        let kept = continuations.iter().filter(|&&token| continues(token));
        let kept: Vec<_> = kept.map(|&token| (token, self.logits[token as usize])).collect();
        self.logits[..self.vocabulary.end_of_text() as usize].fill(f32::NEG_INFINITY);
        for (token, logit) in kept {
            self.logits[token as usize] = logit;
        }
    }

    /// Picks one of these tokens: the likeliest, or a random one by probability. No logit is above
    /// `largest`.
    fn pick(&mut self, among: Range<usize>, largest: f32) -> Option<usize> {
        let logits = &self.logits[among.clone()];
        if self.temperature > 0.0 {
            let mut left = self.random.f32() * sum_exp(logits, largest);
            for (index, &logit) in logits.iter().enumerate() {
                let share = if logit > f32::NEG_INFINITY { exp(logit - largest) } else { 0.0 };
                if left < share {
                    return Some(among.start + index);
                }
                left -= share;
            }
        }
        let likeliest = max(logits);
        // The first of equal ones.
        Some(among.start + logits.iter().position(|&logit| logit >= likeliest)?)
    }
}

impl Allowed {
    fn after(before: &[Choice], vocabulary: &Vocabulary) -> Self {
        let first = vocabulary.first_timestamp();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the size of a vocabulary is itself a token number"
        )]
        let size = vocabulary.size() as Token;
        let incomplete = incomplete_after(before, vocabulary);
        if !incomplete.is_empty() {
            return Self {
                text: true,
                end: false,
                blank: false,
                timestamps: size..size,
                incomplete,
            };
        }
        let is_timestamp = |choice: &Choice| choice.token >= first;
        let mut latest = before.iter().rev();
        let last = latest.next().map(is_timestamp);
        let last_but_one = latest.next().is_none_or(is_timestamp);
        let timestamps = match last {
            _ if !vocabulary.has_timestamps() => size..size,
            None => first..first + MAX_INITIAL_TIMESTAMP + 1,
            Some(true) if last_but_one => size..size,
            Some(_) => {
                let earlier = before.iter().rev().find(|choice| is_timestamp(choice));
                earlier.map_or(first, |choice| choice.token)..size
            }
        };
        let is_start = last.is_none();
        let text = last != Some(true) || last_but_one;
        Self { text, end: !is_start, blank: !is_start, timestamps, incomplete }
    }
}

/// Returns the first bytes of the character that the last tokens leave incomplete.
fn incomplete_after(before: &[Choice], vocabulary: &Vocabulary) -> Vec<u8> {
    // A character has at most four bytes, and a text token at least one.
    let tail = &before[before.len().saturating_sub(3)..];
    let bytes: Vec<u8> = tail.iter().flat_map(|it| vocabulary.text(it.token)).copied().collect();
    incomplete_character(&bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Token = 50_257;
    /// The timestamp of 0 s.
    const ZERO: Token = 50_364;
    const SIZE: Token = 51_865;

    fn small_vocabulary() -> Vocabulary {
        Vocabulary::of(&[" ", "a", "b", "♪"], SIZE, 6)
    }

    fn choices(tokens: &[Token]) -> Vec<Choice> {
        tokens.iter().map(|&token| Choice { token, log_probability: -0.5 }).collect()
    }

    /// Returns logits that make these tokens likely and all others unlikely.
    fn logits_of(likely: &[(Token, f32)]) -> Vec<f32> {
        let mut logits = vec![-50.0; SIZE as usize];
        for &(token, logit) in likely {
            logits[token as usize] = logit;
        }
        logits
    }

    #[test]
    fn timestamps_come_in_pairs_and_in_order() {
        let vocabulary = small_vocabulary();
        let none = SIZE..SIZE;
        for (tokens, text, timestamps) in [
            (&[][..], true, ZERO..ZERO + 51),
            (&[1], true, ZERO..SIZE),
            (&[ZERO], true, none.clone()),
            (&[ZERO + 10, 1], true, ZERO + 10..SIZE),
            (&[ZERO + 10, 1, ZERO + 90], false, ZERO + 90..SIZE),
            (&[1, ZERO + 90], false, ZERO + 90..SIZE),
            (&[ZERO, 1, ZERO + 90, ZERO + 95], true, none),
            (&[ZERO, 1, ZERO + 90, ZERO + 95, 2], true, ZERO + 95..SIZE),
        ] {
            let allowed = Allowed::after(&choices(tokens), &vocabulary);
            let is_later = !tokens.is_empty();
            let (end, blank, incomplete) = (is_later, is_later, Vec::new());
            let expected = Allowed { text, end, blank, timestamps, incomplete };
            assert_eq!(allowed, expected, "{tokens:?}");
        }
    }

    #[test]
    fn a_model_without_timestamps_generates_none() {
        let vocabulary = Vocabulary::of(&[" "], SIZE, 2);
        for tokens in [&[][..], &[1]] {
            assert!(
                Allowed::after(&choices(tokens), &vocabulary).timestamps.is_empty(),
                "{tokens:?}"
            );
        }
    }

    #[test]
    fn the_likeliest_allowed_token_is_chosen() {
        let vocabulary = small_vocabulary();
        let (a, b, note) = (1, 2, 3);
        for (tokens, likely, expected) in [
            // Neither a space, nor the end, nor a timestamp after the first second begins a text.
            (&[][..], &[(0, 9.0), (END, 8.0), (ZERO + 51, 8.0), (ZERO + 50, 7.0)][..], ZERO + 50),
            (&[], &[(note, 9.0), (a, 1.0)], a),
            (&[ZERO], &[(0, 9.0), (a, 1.0)], 0),
            // Of equal ones the first.
            (&[ZERO], &[(b, 5.0), (a, 5.0)], a),
            // Of the special tokens only the end is chosen.
            (&[ZERO, a], &[(END + 1, 9.0), (ZERO - 1, 9.0), (ZERO - 2, 9.0), (END, 1.0)], END),
            // All timestamps together are likelier than the likeliest text.
            (&[ZERO, a], &[(b, 5.0), (ZERO + 20, 4.9), (ZERO + 21, 4.8)], ZERO + 20),
            (&[ZERO, a], &[(b, 5.0), (ZERO + 20, 4.0), (ZERO + 21, 3.0)], b),
            // Timestamps do not go back.
            (&[ZERO + 30, a], &[(ZERO + 20, 9.0), (ZERO + 30, 1.0)], ZERO + 30),
            // After the end of a sentence comes the start of the next, or the end of the text.
            (&[ZERO, a, ZERO + 9], &[(b, 9.0), (END, 1.0), (ZERO + 9, 0.5)], END),
            (&[ZERO, a, ZERO + 9], &[(b, 9.0), (END, 1.0), (ZERO + 9, 1.5)], ZERO + 9),
        ] {
            let mut rules = TokenRules::new(&vocabulary, 0.0, 0);
            let choice = rules.choose(&choices(tokens), &logits_of(likely));
            assert_eq!(choice.token, expected, "after {tokens:?} of {likely:?}");
            assert!((-20.0..=0.0).contains(&choice.log_probability), "{choice:?}");
        }
    }

    #[test]
    fn an_incomplete_character_is_completed() {
        let texts: [&[u8]; 6] = [b" ", b"a", b"\xe4", b"\xbb\x8a", b"\xbb", b"\xff"];
        let vocabulary = Vocabulary::of(&texts, SIZE, 6);
        let (a, first, rest, second, broken) = (1, 2, 3, 4, 5);
        let all = [(broken, 9.0), (rest, 8.0), (second, 7.0), (END, 6.0), (ZERO, 6.0), (a, 5.0)];
        for (tokens, expected) in [
            (&[a][..], END),
            (&[a, ZERO], END),
            (&[a, first], rest),
            (&[a, first, second], second),
            (&[a, first, rest], END),
        ] {
            let mut rules = TokenRules::new(&vocabulary, 0.0, 0);
            let choice = rules.choose(&choices(tokens), &logits_of(&all));
            assert_eq!(choice.token, expected, "after {tokens:?}");
        }
        // Without a token that completes it the text ends.
        let vocabulary = Vocabulary::of(&texts[..3], SIZE, 6);
        let choice =
            TokenRules::new(&vocabulary, 0.0, 0).choose(&choices(&[first]), &logits_of(&all));
        assert_eq!(choice.token, END);
    }

    #[test]
    fn the_probability_is_among_all_allowed_tokens() {
        let vocabulary = small_vocabulary();
        let logits = logits_of(&[(1, 3.0_f32.ln()), (2, 0.0), (3, 9.0), (END + 3, 9.0)]);
        let choice = TokenRules::new(&vocabulary, 0.0, 0).choose(&choices(&[ZERO]), &logits);
        assert!((choice.log_probability.exp() - 0.75).abs() < 1e-5, "{choice:?}");
    }

    #[test]
    fn a_temperature_draws_by_probability_and_repeats_itself() {
        let vocabulary = small_vocabulary();
        let logits = logits_of(&[(1, 0.0), (2, 0.5 * 3.0_f32.ln()), (3, 9.0)]);
        let draw = || {
            let mut rules = TokenRules::new(&vocabulary, 0.5, 7);
            (0..400).map(|_| rules.choose(&choices(&[ZERO]), &logits).token).collect::<Vec<_>>()
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
        let vocabulary = small_vocabulary();
        let broken = vec![f32::NAN; SIZE as usize];
        let choice = TokenRules::new(&vocabulary, 0.0, 0).choose(&choices(&[ZERO, 1]), &broken);
        assert_eq!(choice.token, END);
    }
}
