//! Whisper's languages, by their number: the order of their tokens in every vocabulary.

use super::network::Token;

/// Codes in the order of `LANGUAGES` in `tokenizer.py` of openai-whisper.
#[rustfmt::skip]
const CODES: [&str; 100] = [
    "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl", "ar", "sv", "it",
    "id", "hi", "fi", "vi", "he", "uk", "el", "ms", "cs", "ro", "da", "hu", "ta", "no", "th", "ur",
    "hr", "bg", "lt", "la", "mi", "ml", "cy", "sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn",
    "et", "mk", "br", "eu", "is", "hy", "ne", "mn", "bs", "kk", "sq", "sw", "gl", "mr", "pa", "si",
    "km", "sn", "yo", "so", "af", "oc", "ka", "be", "tg", "sd", "gu", "am", "yi", "lo", "uz", "fo",
    "ht", "ps", "tk", "nn", "mt", "sa", "lb", "my", "bo", "tl", "mg", "as", "tt", "haw", "ln", "ha",
    "ba", "jw", "su", "yue",
];

/// Returns the number of the language with this code.
pub(super) fn number(code: &str) -> Option<Token> {
    (0..).zip(CODES).find(|(_, known)| *known == code).map(|(number, _)| number)
}

/// Returns the code of the language with this number.
pub(super) fn code(number: Token) -> Option<&'static str> {
    CODES.get(number as usize).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use watchme_core::rules::language_name;

    use super::*;

    #[test]
    fn they_are_all_that_callers_may_name_each_once() {
        assert_eq!(CODES.iter().collect::<BTreeSet<_>>().len(), CODES.len());
        for (number_of, known) in (0..).zip(CODES) {
            assert!(language_name(known).is_some(), "{known}");
            assert_eq!((number(known), code(number_of)), (Some(number_of), Some(known)));
        }
        assert_eq!((number("xx"), code(100)), (None, None));
    }

    #[cfg(feature = "whisper-cpp")]
    #[test]
    fn they_are_in_the_order_of_whisper_cpp() {
        for (number, code) in (0..).zip(CODES) {
            assert_eq!(whisper_rs::get_lang_str(number), Some(code));
        }
        assert_eq!(whisper_rs::get_lang_max_id(), 99);
    }
}
