//! One run of the decoder over an encoded pass.

use watchme_core::TranscribeError;

use super::circles::is_circling;
use super::network::{Network, Token};
use super::stop::Stop;
use super::token_rules::{Choice, TokenRules};
use super::vocabulary::Vocabulary;
use crate::models::TEXT_CONTEXT;

/// Shortest remainder worth decoding, in frames: no word is shorter than 100 ms.
pub(super) const MIN_FRAMES: usize = 10;

/// Most tokens of one text: half of the decoder's context less the prompt, as in whisper.cpp.
pub(super) const MAX_TOKENS: usize = TEXT_CONTEXT as usize / 2 - 4;

/// A text of [`MAX_TOKENS`] that has not come this far, in frames, is going round in circles: half
/// of a pass, as in whisper.cpp.
pub(super) const MIN_PROGRESS: usize = 1500;

/// Seed of each run, so that a recording has the same text each time.
const SEED: u64 = 0;

/// Up to 30 s of the speech, decoded at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    /// First frame, from the start of the speech. `seek` of openai-whisper.
    pub(super) seek: usize,
    /// Frames from there to the end of the speech. May be more than a pass takes.
    pub(super) frames_left: usize,
    /// Tokens that the text begins with.
    pub(super) prompt: &'a [Token],
}

/// The tokens of one text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DecodedTokens {
    /// Text and timestamps, without the end of the text.
    pub(super) tokens: Vec<Choice>,
    /// True if the text goes round in circles, or neither ended nor got far in the audio.
    pub(super) is_stuck: bool,
}

impl Pass<'_> {
    /// Decodes tokens until the text or the audio ends, or the text goes round in circles. Checks `stop` before each token.
    pub(super) fn decode(
        &self,
        network: &mut dyn Network,
        vocabulary: &Vocabulary,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<DecodedTokens, TranscribeError> {
        let mut rules = TokenRules::new(vocabulary, temperature, SEED);
        let mut tokens: Vec<Choice> = Vec::new();
        let mut last_frame = 0;
        while tokens.len() < MAX_TOKENS {
            stop.check()?;
            let logits = match tokens.last() {
                None => network.decode(self.prompt, 0)?,
                Some(last) => {
                    network.decode(&[last.token], self.prompt.len() + tokens.len() - 1)?
                }
            };
            let choice = rules.choose(&tokens, logits);
            if choice.token == vocabulary.end_of_text() {
                return Ok(DecodedTokens { tokens, is_stuck: false });
            }
            tokens.push(choice);
            if is_circling(&tokens) {
                return Ok(DecodedTokens { tokens, is_stuck: true });
            }
            last_frame = vocabulary.frame(choice.token).unwrap_or(last_frame);
            if last_frame > 0 && last_frame + MIN_FRAMES >= self.frames_left {
                return Ok(DecodedTokens { tokens, is_stuck: false });
            }
        }
        Ok(DecodedTokens { tokens, is_stuck: last_frame < MIN_PROGRESS })
    }
}
