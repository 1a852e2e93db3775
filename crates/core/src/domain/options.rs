//! Options of a transcription: model and language.

use std::fmt;
use std::str::FromStr;

use super::ids::ParseIdError;

/// Options of a transcription.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TranscribeOptions {
    /// One of the allowed models.
    pub model: ModelName,
    /// Language that is spoken.
    pub language: Language,
}

/// Name of a model as callers write it, for example `base`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName(String);

/// Spoken language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Language {
    /// Language of the first speech in the recording.
    Auto,
    /// ISO 639-1 code.
    Code(String),
}

impl ModelName {
    /// Returns the name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelName {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if (1..=64).contains(&text.len()) && text.chars().all(known) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError::new("model name", text, "letters, digits, `-`, `_` and `.`"))
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            _ if matches!(text.len(), 2..=3) && text.bytes().all(|b| b.is_ascii_lowercase()) => {
                Ok(Self::Code(text.to_owned()))
            }
            _ => Err(ParseIdError::new("language", text, "`auto` or a code like `ja`")),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Code(code) => f.write_str(code),
        }
    }
}
