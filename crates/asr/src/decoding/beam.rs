//! Beam search over an encoded pass: several hypotheses are continued side by side.
//!
//! After `BeamSearchDecoder` and `MaximumLikelihoodRanker` of [openai-whisper], with a patience of 1 and
//! hypotheses ranked by the mean log-probability of their tokens. A step takes as long as it has
//! hypotheses, so that those are given up early which are hardly ever the result: unlikely ones, those
//! that differ in times only, and those that go round in circles.
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/decoding.py

use watchme_core::TranscribeError;

use super::circles::is_circling;
use super::decode::{DecodedTokens, MAX_TOKENS, MIN_FRAMES, MIN_PROGRESS, Pass};
use super::network::Network;
use super::stop::Stop;
use super::token_rules::{Choice, TokenRules};
use super::vocabulary::Vocabulary;

/// Distance to the likeliest hypothesis, in natural logarithms, at which one is given up.
const MAX_BEHIND: f32 = 1.5;

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

/// The hypotheses of one search.
struct Beam<'a> {
    pass: &'a Pass<'a>,
    vocabulary: &'a Vocabulary,
    /// Most hypotheses that are continued at once.
    size: usize,
    live: Vec<Hypothesis>,
    finished: Vec<Hypothesis>,
    /// The result if there is no other.
    circling: Option<Hypothesis>,
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
        let mut beam = Beam {
            pass: self,
            vocabulary,
            size,
            live: vec![Hypothesis::default()],
            finished: Vec::new(),
            circling: None,
        };
        let mut logits = network.decode(self.prompt, 0)?;
        for length in 1..=MAX_TOKENS {
            stop.check()?;
            let parents = beam.advance(continuations(&beam.live, &mut rules, logits, size));
            if beam.is_over() || length == MAX_TOKENS {
                break;
            }
            let tokens: Vec<_> = beam.live.iter().filter_map(Hypothesis::last_token).collect();
            logits = network.decode_beam(&tokens, &parents, self.prompt.len() + length - 1)?;
        }
        Ok(beam.into_result())
    }
}

impl Beam<'_> {
    /// Continues the hypotheses by the likeliest of `all`, which come in this order. Returns the parent of
    /// each that is live now.
    fn advance(&mut self, all: Vec<Continuation>) -> Vec<usize> {
        let least = all.first().map_or(0.0, |likeliest| likeliest.score - MAX_BEHIND);
        let earlier = self.finished.len();
        let mut next: Vec<(usize, Hypothesis)> = Vec::with_capacity(self.size);
        for it in all.into_iter().take_while(|it| it.score >= least) {
            let hypothesis = self.continued(&self.live[it.parent], &it);
            let mut others = next.iter().map(|(_, other)| other).chain(&self.finished[earlier..]);
            if others.any(|other| self.differ_in_times_only(&hypothesis, other)) {
                continue;
            }
            if hypothesis.is_finished {
                self.finished.push(hypothesis);
            } else if is_circling(&hypothesis.tokens) {
                self.circling.get_or_insert(hypothesis);
            } else {
                next.push((it.parent, hypothesis));
            }
            if next.len() == self.size {
                break;
            }
        }
        // Once one has ended, only likelier ones go on.
        let best = self.finished.iter().map(Hypothesis::rank).max_by(f32::total_cmp);
        next.retain(|(_, live)| best.is_none_or(|best| live.rank() >= best));
        let parents;
        (parents, self.live) = next.into_iter().unzip();
        parents
    }

    fn is_over(&self) -> bool {
        self.finished.len() >= self.size || self.live.is_empty()
    }

    /// Returns the best hypothesis.
    fn into_result(mut self) -> DecodedTokens {
        if self.finished.len() < self.size {
            self.finished.append(&mut self.live);
        }
        let best =
            self.finished.into_iter().max_by(|one, other| one.rank().total_cmp(&other.rank()));
        let is_circling = best.is_none() && self.circling.is_some();
        let best = best.or(self.circling).unwrap_or_default();
        let is_stuck = is_circling || !best.is_finished && best.last_frame < MIN_PROGRESS;
        DecodedTokens { tokens: best.tokens, is_stuck }
    }

    /// Returns a hypothesis with one more token. The end of the text counts, but is not kept.
    fn continued(
        &self,
        before: &Hypothesis,
        &Continuation { choice, score, .. }: &Continuation,
    ) -> Hypothesis {
        let mut hypothesis = Hypothesis { score, ..before.clone() };
        if choice.token == self.vocabulary.end_of_text() {
            hypothesis.is_finished = true;
            return hypothesis;
        }
        hypothesis.tokens.push(choice);
        hypothesis.last_frame =
            self.vocabulary.frame(choice.token).unwrap_or(hypothesis.last_frame);
        let is_audio_over = hypothesis.last_frame + MIN_FRAMES >= self.pass.frames_left;
        hypothesis.is_finished = hypothesis.last_frame > 0 && is_audio_over;
        hypothesis
    }

    /// True if two hypotheses have the same text, with times in the same places. Both have
    /// as likely continuations, and one of them is enough.
    fn differ_in_times_only(&self, one: &Hypothesis, other: &Hypothesis) -> bool {
        let is_time = |choice: &Choice| self.vocabulary.frame(choice.token).is_some();
        one.is_finished == other.is_finished
            && one.tokens.len() == other.tokens.len()
            && one
                .tokens
                .iter()
                .zip(&other.tokens)
                .all(|(one, other)| one.token == other.token || is_time(one) && is_time(other))
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
mod tests;
