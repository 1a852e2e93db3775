//! Beam search over an encoded pass: several hypotheses are continued side by side.
//!
//! After `BeamSearchDecoder` and `MaximumLikelihoodRanker` of [openai-whisper], with a patience of 1 and
//! hypotheses ranked by the mean log-probability of their tokens.
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/decoding.py

use watchme_core::TranscribeError;

use super::decode::{DecodedTokens, MAX_TOKENS, MIN_FRAMES, MIN_PROGRESS, Pass};
use super::network::Network;
use super::stop::Stop;
use super::token_rules::{Choice, TokenRules};
use super::vocabulary::Vocabulary;

/// A text so far.
#[derive(Debug, Clone, Default)]
struct Hypothesis {
    tokens: Vec<Choice>,
    /// Sum of the log-probabilities of its tokens, the end of the text included.
    score: f32,
    last_frame: usize,
    /// True if the text or the audio has ended.
    is_finished: bool,
}

/// A token that may continue a hypothesis.
struct Continuation {
    parent: usize,
    choice: Choice,
    /// Score of the hypothesis with it.
    score: f32,
}

impl Pass<'_> {
    /// Decodes the likeliest text that a beam of `size` hypotheses finds. Checks `stop` before each
    /// token.
    pub(super) fn search(
        &self,
        network: &mut dyn Network,
        vocabulary: &Vocabulary,
        size: usize,
        stop: &Stop<'_>,
    ) -> Result<DecodedTokens, TranscribeError> {
        let mut rules = TokenRules::new(vocabulary, 0.0, 0);
        let mut beam = vec![Hypothesis::default()];
        let mut finished: Vec<Hypothesis> = Vec::new();
        let mut logits = network.decode(self.prompt, 0)?;
        for length in 1..=MAX_TOKENS {
            stop.check()?;
            let mut next = Vec::new();
            for Continuation { parent, choice, score } in
                continuations(&beam, &mut rules, logits, size)
            {
                let hypothesis = self.continued(&beam[parent], choice, score, vocabulary);
                if hypothesis.is_finished {
                    finished.push(hypothesis);
                } else {
                    next.push((parent, hypothesis));
                }
                if next.len() == size {
                    break;
                }
            }
            let parents: Vec<usize> = next.iter().map(|(parent, _)| *parent).collect();
            beam = next.into_iter().map(|(_, hypothesis)| hypothesis).collect();
            if finished.len() >= size || beam.is_empty() || length == MAX_TOKENS {
                break;
            }
            let tokens: Vec<_> = beam.iter().filter_map(Hypothesis::last_token).collect();
            logits = network.decode_beam(&tokens, &parents, self.prompt.len() + length - 1)?;
        }
        if finished.len() < size {
            finished.extend(beam);
        }
        let best = finished.into_iter().max_by(|one, other| one.rank().total_cmp(&other.rank()));
        let Hypothesis { tokens, last_frame, is_finished, .. } = best.unwrap_or_default();
        Ok(DecodedTokens { tokens, is_stuck: !is_finished && last_frame < MIN_PROGRESS })
    }

    /// Returns a hypothesis with one more token. The end of the text counts, but is not kept.
    fn continued(
        &self,
        before: &Hypothesis,
        choice: Choice,
        score: f32,
        vocabulary: &Vocabulary,
    ) -> Hypothesis {
        let mut hypothesis = Hypothesis { score, ..before.clone() };
        if choice.token == vocabulary.end_of_text() {
            hypothesis.is_finished = true;
            return hypothesis;
        }
        hypothesis.tokens.push(choice);
        hypothesis.last_frame = vocabulary.frame(choice.token).unwrap_or(hypothesis.last_frame);
        let is_audio_over = hypothesis.last_frame + MIN_FRAMES >= self.frames_left;
        hypothesis.is_finished = hypothesis.last_frame > 0 && is_audio_over;
        hypothesis
    }
}

impl Hypothesis {
    fn last_token(&self) -> Option<u32> {
        self.tokens.last().map(|choice| choice.token)
    }

    /// Mean log-probability of its tokens.
    fn rank(&self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "at most 220 tokens")]
        let length = self.tokens.len().max(1) as f32;
        self.score / length
    }
}

/// Returns the tokens that may continue the hypotheses, the likeliest first: enough that `size` of them
/// continue even if each hypothesis also ends. `logits` are `[beam.len(), vocabulary]`.
fn continuations(
    beam: &[Hypothesis],
    rules: &mut TokenRules<'_>,
    logits: &[f32],
    size: usize,
) -> Vec<Continuation> {
    let mut all = Vec::with_capacity(beam.len() * (size + 1));
    let rows = logits.chunks_exact(logits.len() / beam.len());
    for (parent, (hypothesis, logits)) in beam.iter().zip(rows).enumerate() {
        let choices = rules.likeliest(&hypothesis.tokens, logits, size + 1);
        all.extend(choices.into_iter().map(|choice| {
            let score = hypothesis.score + choice.log_probability;
            Continuation { parent, choice, score }
        }));
    }
    all.sort_by(|one, other| other.score.total_cmp(&one.score));
    all
}

#[cfg(test)]
mod tests {
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
        steps: usize,
    }

    impl Table<'_> {
        fn look_up(&mut self) -> &[f32] {
            self.steps += 1;
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

    /// Searches with a beam of this size. Returns the text, and the number of steps.
    fn searched(nexts: &[Next<'_>], size: usize, frames_left: usize) -> (Vec<Token>, usize) {
        let vocabulary = Vocabulary::of(&[" ", "a", "b", "c"], 51_865, 6);
        let mut network = Table { nexts, texts: Vec::new(), logits: Vec::new(), steps: 0 };
        let cancelled = AtomicBool::new(false);
        let deadline = Instant::now() + Duration::from_mins(1);
        let stop = Stop { cancelled: &cancelled, deadline };
        let pass = Pass { seek: 0, frames_left, prompt: &[END + 1] };
        let found = pass.search(&mut network, &vocabulary, size, &stop).unwrap();
        (found.tokens.iter().map(|choice| choice.token).collect(), network.steps)
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
        assert_eq!(searched(&MISLEADING, 1, 3000).0, [ZERO, 1, 1]);
        assert_eq!(searched(&MISLEADING, 5, 3000).0, [ZERO, 2, 3]);
    }

    #[test]
    fn a_hypothesis_ends_with_the_audio() {
        let nexts: [Next<'_>; 3] =
            [(&[], &[(ZERO, 1.0)]), (&[ZERO], &[(1, 1.0)]), (&[ZERO, 1], &[(ZERO + 100, 1.0)])];
        let (text, steps) = searched(&nexts, 1, 205);
        assert_eq!((text, steps), (vec![ZERO, 1, ZERO + 100], 3));
    }

    #[test]
    fn a_text_without_end_is_cut_off() {
        let endless: Vec<Vec<Token>> =
            (0..=MAX_TOKENS).map(|length| [&[ZERO][..], &vec![1; length]].concat()).collect();
        let mut nexts: Vec<Next<'_>> = vec![(&[], &[(ZERO, 1.0)])];
        nexts.extend(endless.iter().map(|text| (text.as_slice(), &[(1, 1.0)][..])));
        let (text, steps) = searched(&nexts, 1, 3000);
        assert_eq!((text.len(), steps), (MAX_TOKENS, MAX_TOKENS));
    }
}
