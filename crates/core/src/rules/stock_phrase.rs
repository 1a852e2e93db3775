//! Recognises phrases that the model writes where nobody speaks.

use crate::rules::{is_sure, is_unlikely};

/// Phrases that end the videos that the model learned from, as letters and digits in lower case. In the
/// field they were seen over silence and noise, where they are 0.4 to 0.8 likely, and never said.
const OUTROS: [&str; 6] = [
    "ご視聴ありがとうございました",
    "次の動画でお会いしましょう",
    "チャンネル登録お願いします",
    "チャンネル登録よろしくお願いします",
    "thankyouforwatching",
    "thanksforwatching",
];

/// Phrases that the model writes over noise too, and that people say every day.
const COURTESIES: [&str; 2] = ["おやすみなさい", "ありがとうございました"];

/// Word that the model writes over a cough or a sneeze, in Japanese too, and that is rarely all that
/// somebody says.
const LONE_WORD: &str = "you";

/// An outro that is at least this likely was said, by a video that was playing.
const SAID_OUTRO: f32 = 0.9;

/// Kind of a text that consists of nothing but stock phrases.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outro,
    Courtesy,
    LoneWord,
}

/// True if a text of this confidence consists of nothing but stock phrases that nobody said. Blanks,
/// punctuation and case do not hide one.
#[must_use]
pub fn is_stock_phrase(text: &str, confidence: f32) -> bool {
    match kind(text) {
        Some(Kind::Outro) => confidence < SAID_OUTRO,
        Some(Kind::Courtesy) => is_unlikely(confidence),
        Some(Kind::LoneWord) => !is_sure(confidence),
        None => false,
    }
}

/// True if a text is what videos end with.
pub(super) fn is_outro(text: &str) -> bool {
    kind(text) == Some(Kind::Outro)
}

fn kind(text: &str) -> Option<Kind> {
    let said = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let said: String = said.collect();
    if said == LONE_WORD {
        return Some(Kind::LoneWord);
    }
    let (mut rest, mut has_outro) = (said.as_str(), false);
    loop {
        if let Some(after) = OUTROS.iter().find_map(|phrase| rest.strip_prefix(phrase)) {
            (rest, has_outro) = (after, true);
        } else if let Some(after) = COURTESIES.iter().find_map(|phrase| rest.strip_prefix(phrase)) {
            rest = after;
        } else {
            break;
        }
    }
    let kind = if has_outro { Kind::Outro } else { Kind::Courtesy };
    (rest.is_empty() && !said.is_empty()).then_some(kind)
}
