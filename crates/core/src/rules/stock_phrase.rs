//! Recognises phrases that the model writes where nobody speaks.

/// Phrases the model writes over silence and noise, because the videos it learned from end with
/// them: seen on recordings of the field, as letters and digits in lower case.
const STOCK_PHRASES: [&str; 6] = [
    "ご視聴ありがとうございました",
    "次の動画でお会いしましょう",
    "おやすみなさい",
    "ありがとうございました",
    "thankyouforwatching",
    "thanksforwatching",
];

/// True if a text consists of nothing but stock phrases.
///
/// People say them too: they are inventions only where the model itself finds them unlikely.
/// Blanks, punctuation and case do not hide one.
#[must_use]
pub fn is_stock_phrase(text: &str) -> bool {
    let said = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let said: String = said.collect();
    let mut rest = said.as_str();
    while let Some(after) = STOCK_PHRASES.iter().find_map(|phrase| rest.strip_prefix(phrase)) {
        rest = after;
    }
    rest.is_empty() && !said.is_empty()
}
