//! The tokens of a model: the text that each stands for, the special ones, and those that are never
//! generated.
//!
//! After `Tokenizer` of [openai-whisper], from the numbers in whisper.cpp.
//!
//! [openai-whisper]: https://github.com/openai/whisper/blob/main/whisper/tokenizer.py

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::characters::is_utf8_prefix;
use super::network::Token;
use crate::models::{Architecture, tokens};

/// Frames from one timestamp to the next: 20 ms.
const FRAMES_PER_TIMESTAMP: usize = 2;

/// Number of special tokens between the languages and the timestamps, in this order: translate,
/// transcribe, start of the language model, start of the previous text, no speech, no timestamps.
const TASK_TOKENS: Token = 6;

/// Brackets, notes and the like, which nobody says: `non_speech_tokens` of openai-whisper, each
/// also after a space.
const NON_SPEECH: &[&str] = &[
    "\"",
    "#",
    "(",
    ")",
    "*",
    "+",
    "/",
    ":",
    ";",
    "<",
    "=",
    ">",
    "@",
    "[",
    "\\",
    "]",
    "^",
    "_",
    "`",
    "{",
    "|",
    "}",
    "~",
    "「",
    "」",
    "『",
    "』",
    "<<",
    ">>",
    "<<<",
    ">>>",
    "--",
    "---",
    "-(",
    "-[",
    "('",
    "(\"",
    "((",
    "))",
    "(((",
    ")))",
    "[[",
    "]]",
    "{{",
    "}}",
    "♪♪",
    "♪♪♪",
    "♩",
    "♪",
    "♫",
    "♬",
    "♭",
    "♮",
    "♯",
];

/// These are speech within a word, and none at its start.
const NON_SPEECH_AT_START: [&str; 2] = [" -", " '"];

/// The vocabulary of a model.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Bytes of the text tokens, by token.
    texts: Vec<Box<[u8]>>,
    size: Token,
    end_of_text: Token,
    language_count: Token,
    is_multilingual: bool,
    has_timestamps: bool,
    blank: Token,
    /// Sorted.
    suppressed: Vec<Token>,
    /// Sorted.
    continuations: Vec<Token>,
}

impl Vocabulary {
    /// Reads the vocabulary of a verified file. Blocking.
    pub(super) fn read(path: &Path, architecture: &Architecture) -> io::Result<Self> {
        Ok(Self::new(tokens(path)?, architecture))
    }

    fn new(mut texts: Vec<Box<[u8]>>, architecture: &Architecture) -> Self {
        let is_multilingual = architecture.is_multilingual();
        let end_of_text = if is_multilingual { 50_257 } else { 50_256 };
        texts.truncate(end_of_text as usize);
        // Of equal texts the last, as in whisper.cpp.
        let by_text: HashMap<&[u8], Token> =
            (0..).zip(&texts).map(|(token, text)| (&**text, token)).collect();
        let find = |text: &str| by_text.get(text.as_bytes()).copied();
        let spaced = NON_SPEECH.iter().map(|text| find(&format!(" {text}")));
        let plain = NON_SPEECH.iter().chain(&NON_SPEECH_AT_START).map(|text| find(text));
        let mut suppressed: Vec<Token> = plain.chain(spaced).flatten().collect();
        suppressed.sort_unstable();
        suppressed.dedup();
        let blank = find(" ").unwrap_or(end_of_text);
        let continuations = (0..).zip(&texts).filter(|(_, text)| !is_utf8_prefix(text));
        let continuations = continuations.map(|(token, _)| token).collect();
        Self {
            texts,
            size: architecture.vocabulary,
            end_of_text,
            language_count: architecture.vocabulary - 51_765 - Token::from(is_multilingual),
            is_multilingual,
            has_timestamps: !architecture.is_early_distilled(),
            blank,
            suppressed,
            continuations,
        }
    }

    /// Number of tokens.
    pub(super) fn size(&self) -> usize {
        self.size as usize
    }

    /// Bytes of a text token; none for any other.
    pub(super) fn text(&self, token: Token) -> &[u8] {
        self.texts.get(token as usize).map_or(&[], |text| text)
    }

    /// The token that ends a text. All below it are text tokens.
    pub(super) fn end_of_text(&self) -> Token {
        self.end_of_text
    }

    /// The timestamp of 0 s. All tokens from here on are timestamps, in order.
    pub(super) fn first_timestamp(&self) -> Token {
        self.languages().end + TASK_TOKENS
    }

    /// Frame of a timestamp, from the start of the pass. `None` for any other token.
    pub(super) fn frame(&self, token: Token) -> Option<usize> {
        Some(token.checked_sub(self.first_timestamp())? as usize * FRAMES_PER_TIMESTAMP)
    }

    /// The token of a single space.
    pub(super) fn blank(&self) -> Token {
        self.blank
    }

    /// Text tokens that are never generated, sorted. Of the special tokens only the end of the text
    /// and the timestamps are generated.
    pub(super) fn suppressed(&self) -> &[Token] {
        &self.suppressed
    }

    /// Text tokens that begin inside a character, sorted: some 500.
    pub(super) fn continuations(&self) -> &[Token] {
        &self.continuations
    }

    /// True if the model was trained to generate timestamps.
    pub(super) fn has_timestamps(&self) -> bool {
        self.has_timestamps
    }

    /// The token that every prompt begins with.
    pub(super) fn start_of_transcript(&self) -> Token {
        self.end_of_text + 1
    }

    /// The token whose probability right after the start of the transcript is the probability of no speech.
    pub(super) fn no_speech(&self) -> Token {
        self.first_timestamp() - 2
    }

    /// Tokens of all languages, in Whisper's order.
    pub(super) fn languages(&self) -> Range<Token> {
        let first = self.start_of_transcript() + 1;
        first..first + self.language_count
    }

    /// Returns the tokens that a text begins with, in the language with this number.
    pub(super) fn prompt(&self, language: Token) -> Vec<Token> {
        let mut prompt = vec![self.start_of_transcript()];
        if self.is_multilingual {
            let transcribe = self.languages().end + 1;
            prompt.extend([self.languages().start + language, transcribe]);
        }
        if !self.has_timestamps {
            let no_timestamps = self.first_timestamp() - 1;
            prompt.push(no_timestamps);
        }
        prompt
    }
}

#[cfg(test)]
impl Vocabulary {
    /// Returns the vocabulary of a model of this shape, with these texts as its first tokens.
    pub(super) fn of(texts: &[impl AsRef<[u8]>], size: Token, text_layers: u32) -> Self {
        let texts = texts.iter().map(|text| text.as_ref().into()).collect();
        let shape = Architecture {
            vocabulary: size,
            width: 64,
            audio_layers: 1,
            text_layers,
            mel_bands: 80,
        };
        Self::new(texts, &shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the published models, from whisper.cpp.
    #[test]
    fn special_tokens_are_where_each_vocabulary_has_them() {
        for (size, end, first_timestamp, languages, prompt) in [
            (51_864, 50_256, 50_363, 50_258..50_357, vec![50_257]),
            (51_865, 50_257, 50_364, 50_259..50_358, vec![50_258, 50_261, 50_359]),
            (51_866, 50_257, 50_365, 50_259..50_359, vec![50_258, 50_261, 50_360]),
        ] {
            let vocabulary = Vocabulary::of(&[" "], size, 6);
            assert_eq!(
                (vocabulary.end_of_text(), vocabulary.first_timestamp()),
                (end, first_timestamp),
                "{size}"
            );
            assert_eq!(vocabulary.languages(), languages, "{size}");
            assert_eq!(vocabulary.prompt(2), prompt, "{size}");
            assert_eq!(vocabulary.no_speech(), first_timestamp - 2, "{size}");
            // 30 s in steps of 20 ms, both ends included.
            assert_eq!(vocabulary.frame(size - 1), Some(3000), "{size}");
            assert_eq!(vocabulary.frame(first_timestamp - 1), None, "{size}");
        }
    }

    #[test]
    fn the_first_distilled_models_are_asked_for_no_timestamps() {
        for (size, has_timestamps, last) in [(51_865, false, 50_363), (51_866, true, 50_360)] {
            let vocabulary = Vocabulary::of(&[" "], size, 2);
            assert_eq!(vocabulary.has_timestamps(), has_timestamps, "{size}");
            assert_eq!(vocabulary.prompt(0).last(), Some(&last), "{size}");
        }
    }

    #[test]
    fn non_speech_is_suppressed_with_and_without_a_space() {
        let texts = ["a", " ", "(", " (", "-", " -", "'", " '", "♪", "((", " ", "あ"];
        let vocabulary = Vocabulary::of(&texts, 51_865, 6);
        assert_eq!(vocabulary.suppressed(), [2, 3, 5, 7, 8, 9]);
        assert_eq!(vocabulary.blank(), 10, "the last of equal ones");
        assert_eq!(vocabulary.text(11), "あ".as_bytes());
        assert_eq!(vocabulary.text(50_257), b"");
    }
}
