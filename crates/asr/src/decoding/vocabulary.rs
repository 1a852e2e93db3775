//! The tokens of a model: what they stand for, and which of them are never written.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::characters::may_become_text;
use super::network::Token;
use crate::models::{Architecture, tokens};

/// A time token for each of these steps of the 30 s: 20 ms, in frames of 10 ms.
const FRAMES_OF_STEP: usize = 2;

/// Marks that are neither text nor times nor languages, in the order of their numbers, behind the
/// languages: translate, transcribe, turn of the speaker, text before, no speech, no times.
const MARKS: Token = 6;

/// Notes of sounds, brackets and the like, which nobody says: those that Whisper's own tool leaves
/// out, each also behind a space.
const NOT_SPOKEN: &[&str] = &[
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

/// Within a word these are spoken, at its start they are not.
const NOT_AT_START: [&str; 2] = [" -", " '"];

/// The vocabulary of a model.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// What the tokens of text stand for.
    texts: Vec<Box<[u8]>>,
    size: Token,
    /// The end of the text, behind all text.
    end: Token,
    languages: Token,
    is_multilingual: bool,
    writes_times: bool,
    /// A space alone.
    blank: Token,
    /// In order.
    suppressed: Vec<Token>,
    /// In order.
    amid: Vec<Token>,
}

impl Vocabulary {
    /// Reads that of a verified file. Blocking.
    pub(super) fn read(path: &Path, architecture: &Architecture) -> io::Result<Self> {
        Ok(Self::new(tokens(path)?, architecture))
    }

    fn new(mut texts: Vec<Box<[u8]>>, architecture: &Architecture) -> Self {
        let is_multilingual = architecture.is_multilingual();
        let end = if is_multilingual { 50_257 } else { 50_256 };
        texts.truncate(end as usize);
        // Of equal ones the last, as whisper.cpp has it.
        let numbers: HashMap<&[u8], Token> =
            (0..).zip(&texts).map(|(it, text)| (&**text, it)).collect();
        let number = |text: &str| numbers.get(text.as_bytes()).copied();
        let spaced = NOT_SPOKEN.iter().map(|text| number(&format!(" {text}")));
        let plain = NOT_SPOKEN.iter().chain(&NOT_AT_START).map(|text| number(text));
        let mut suppressed: Vec<Token> = plain.chain(spaced).flatten().collect();
        suppressed.sort_unstable();
        suppressed.dedup();
        let blank = number(" ").unwrap_or(end);
        let amid = (0..).zip(&texts).filter(|(_, text)| !may_become_text(text));
        let amid = amid.map(|(token, _)| token).collect();
        Self {
            texts,
            size: architecture.vocabulary,
            end,
            languages: architecture.vocabulary - 51_765 - Token::from(is_multilingual),
            is_multilingual,
            writes_times: !architecture.is_early_distilled(),
            blank,
            suppressed,
            amid,
        }
    }

    /// How many tokens there are.
    pub(super) fn size(&self) -> usize {
        self.size as usize
    }

    /// The bytes that a token of text stands for. None for any other.
    pub(super) fn text(&self, token: Token) -> &[u8] {
        self.texts.get(token as usize).map_or(&[], |text| text)
    }

    /// The mark that ends a text. Tokens below it are text.
    pub(super) fn end(&self) -> Token {
        self.end
    }

    /// The first token that is a time, 0. All after it are times, in order.
    pub(super) fn first_time(&self) -> Token {
        self.start() + self.languages + MARKS + 1
    }

    /// The frame that a token tells, from the start of what is encoded, if it is a time.
    pub(super) fn frame(&self, token: Token) -> Option<usize> {
        Some(token.checked_sub(self.first_time())? as usize * FRAMES_OF_STEP)
    }

    /// A space alone.
    pub(super) fn blank(&self) -> Token {
        self.blank
    }

    /// Text that is never written, in order. Marks are never written either, but the end.
    pub(super) fn suppressed(&self) -> &[Token] {
        &self.suppressed
    }

    /// Text that does not begin where a character does, in order: some 500 tokens.
    pub(super) fn amid(&self) -> &[Token] {
        &self.amid
    }

    /// Whether the model writes times.
    pub(super) fn writes_times(&self) -> bool {
        self.writes_times
    }

    /// The mark that begins a text.
    pub(super) fn start(&self) -> Token {
        self.end + 1
    }

    /// The mark of audio in which nobody speaks.
    pub(super) fn no_speech(&self) -> Token {
        self.first_time() - 2
    }

    /// The tokens of all languages, in the order of their numbers.
    pub(super) fn languages(&self) -> Range<Token> {
        self.start() + 1..self.start() + 1 + self.languages
    }

    /// What a text in the language of this number begins with.
    pub(super) fn prompt(&self, language: Token) -> Vec<Token> {
        let mut prompt = vec![self.start()];
        if self.is_multilingual {
            let transcribe = self.languages().end + 1;
            prompt.extend([self.languages().start + language, transcribe]);
        }
        if !self.writes_times {
            let no_times = self.first_time() - 1;
            prompt.push(no_times);
        }
        prompt
    }
}

#[cfg(test)]
impl Vocabulary {
    /// The vocabulary of a model of this shape, with these texts as its first tokens.
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

    /// Facts of the published models, as whisper.cpp tells them.
    #[test]
    fn the_marks_are_where_each_vocabulary_has_them() {
        for (size, end, first_time, languages, prompt) in [
            (51_864, 50_256, 50_363, 50_258..50_357, vec![50_257]),
            (51_865, 50_257, 50_364, 50_259..50_358, vec![50_258, 50_261, 50_359]),
            (51_866, 50_257, 50_365, 50_259..50_359, vec![50_258, 50_261, 50_360]),
        ] {
            let vocabulary = Vocabulary::of(&[" "], size, 6);
            assert_eq!((vocabulary.end(), vocabulary.first_time()), (end, first_time), "{size}");
            assert_eq!(vocabulary.languages(), languages, "{size}");
            assert_eq!(vocabulary.prompt(2), prompt, "{size}");
            assert_eq!(vocabulary.no_speech(), first_time - 2, "{size}");
            // 30 s in steps of 20 ms, both ends included.
            assert_eq!(vocabulary.frame(size - 1), Some(3000), "{size}");
            assert_eq!(vocabulary.frame(first_time - 1), None, "{size}");
        }
    }

    #[test]
    fn the_first_distilled_models_are_asked_for_no_times() {
        for (size, writes_times, last) in [(51_865, false, 50_363), (51_866, true, 50_360)] {
            let vocabulary = Vocabulary::of(&[" "], size, 2);
            assert_eq!(vocabulary.writes_times(), writes_times, "{size}");
            assert_eq!(vocabulary.prompt(0).last(), Some(&last), "{size}");
        }
    }

    #[test]
    fn notes_of_sounds_are_suppressed_with_and_without_a_space() {
        let texts = ["a", " ", "(", " (", "-", " -", "'", " '", "♪", "((", " ", "あ"];
        let vocabulary = Vocabulary::of(&texts, 51_865, 6);
        assert_eq!(vocabulary.suppressed(), [2, 3, 5, 7, 8, 9]);
        assert_eq!(vocabulary.blank(), 10, "the last of equal ones");
        assert_eq!(vocabulary.text(11), "あ".as_bytes());
        assert_eq!(vocabulary.text(50_257), b"");
    }
}
