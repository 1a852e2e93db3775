//! One run of the decoder over what is encoded.

use watchme_core::TranscribeError;

use super::network::{Network, Token};
use super::stop::Stop;
use super::token_rules::{Choice, Rules};
use super::vocabulary::Vocabulary;
use crate::models::TEXT_CONTEXT;

/// What is left of a window is not heard where it is not longer than so many frames: no word is.
pub(super) const SHORTEST: usize = 10;

/// Half of what the decoder holds, less the marks that a text begins with.
const MOST_TOKENS: usize = TEXT_CONTEXT as usize / 2 - 4;

/// A pass that has written all these tokens and has not come this far, in frames, goes in circles.
const HALF_CHUNK: usize = 1500;

/// Each pass draws alike, so that a recording has the same text each time.
const SEED: u64 = 0;

/// What is heard at once: up to 30 s of a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    /// The frame of the window that is the first of what is encoded.
    pub(super) from: usize,
    /// Frames of the window from there on.
    pub(super) left: usize,
    /// What the text begins with.
    pub(super) prompt: &'a [Token],
}

/// What the decoder wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    /// Text and times, without the end of the text.
    pub(super) tokens: Vec<Choice>,
    /// It has not come to an end by itself, nor far.
    pub(super) is_stuck: bool,
}

impl Pass<'_> {
    /// Writes what is heard, until the text or the audio ends. Looks at `stop` before each token.
    pub(super) fn write(
        &self,
        network: &mut dyn Network,
        vocabulary: &Vocabulary,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<Written, TranscribeError> {
        let mut rules = Rules::new(vocabulary, temperature, SEED);
        let mut tokens: Vec<Choice> = Vec::new();
        let mut last_frame = 0;
        while tokens.len() < MOST_TOKENS {
            stop.check()?;
            let logits = match tokens.last() {
                None => network.decode(self.prompt, 0)?,
                Some(last) => {
                    network.decode(&[last.token], self.prompt.len() + tokens.len() - 1)?
                }
            };
            let choice = rules.choose(&tokens, logits);
            if choice.token == vocabulary.end() {
                return Ok(Written { tokens, is_stuck: false });
            }
            tokens.push(choice);
            last_frame = vocabulary.frame(choice.token).unwrap_or(last_frame);
            if last_frame > 0 && last_frame + SHORTEST >= self.left {
                return Ok(Written { tokens, is_stuck: false });
            }
        }
        Ok(Written { tokens, is_stuck: last_frame < HALF_CHUNK })
    }
}
