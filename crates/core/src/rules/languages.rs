//! Languages that Whisper knows, by code and name.

use crate::ModelName;

/// Code, ISO 639-3 code and English name of each language, sorted by code. Codes and names are those
/// of openai-whisper (`tokenizer.py`); `jw` is its own code for Javanese.
const LANGUAGES: [(&str, &str, &str); 100] = [
    ("af", "afr", "afrikaans"),
    ("am", "amh", "amharic"),
    ("ar", "ara", "arabic"),
    ("as", "asm", "assamese"),
    ("az", "aze", "azerbaijani"),
    ("ba", "bak", "bashkir"),
    ("be", "bel", "belarusian"),
    ("bg", "bul", "bulgarian"),
    ("bn", "ben", "bengali"),
    ("bo", "bod", "tibetan"),
    ("br", "bre", "breton"),
    ("bs", "bos", "bosnian"),
    ("ca", "cat", "catalan"),
    ("cs", "ces", "czech"),
    ("cy", "cym", "welsh"),
    ("da", "dan", "danish"),
    ("de", "deu", "german"),
    ("el", "ell", "greek"),
    ("en", "eng", "english"),
    ("es", "spa", "spanish"),
    ("et", "est", "estonian"),
    ("eu", "eus", "basque"),
    ("fa", "fas", "persian"),
    ("fi", "fin", "finnish"),
    ("fo", "fao", "faroese"),
    ("fr", "fra", "french"),
    ("gl", "glg", "galician"),
    ("gu", "guj", "gujarati"),
    ("ha", "hau", "hausa"),
    ("haw", "haw", "hawaiian"),
    ("he", "heb", "hebrew"),
    ("hi", "hin", "hindi"),
    ("hr", "hrv", "croatian"),
    ("ht", "hat", "haitian creole"),
    ("hu", "hun", "hungarian"),
    ("hy", "hye", "armenian"),
    ("id", "ind", "indonesian"),
    ("is", "isl", "icelandic"),
    ("it", "ita", "italian"),
    ("ja", "jpn", "japanese"),
    ("jw", "jav", "javanese"),
    ("ka", "kat", "georgian"),
    ("kk", "kaz", "kazakh"),
    ("km", "khm", "khmer"),
    ("kn", "kan", "kannada"),
    ("ko", "kor", "korean"),
    ("la", "lat", "latin"),
    ("lb", "ltz", "luxembourgish"),
    ("ln", "lin", "lingala"),
    ("lo", "lao", "lao"),
    ("lt", "lit", "lithuanian"),
    ("lv", "lav", "latvian"),
    ("mg", "mlg", "malagasy"),
    ("mi", "mri", "maori"),
    ("mk", "mkd", "macedonian"),
    ("ml", "mal", "malayalam"),
    ("mn", "mon", "mongolian"),
    ("mr", "mar", "marathi"),
    ("ms", "msa", "malay"),
    ("mt", "mlt", "maltese"),
    ("my", "mya", "myanmar"),
    ("ne", "nep", "nepali"),
    ("nl", "nld", "dutch"),
    ("nn", "nno", "nynorsk"),
    ("no", "nor", "norwegian"),
    ("oc", "oci", "occitan"),
    ("pa", "pan", "punjabi"),
    ("pl", "pol", "polish"),
    ("ps", "pus", "pashto"),
    ("pt", "por", "portuguese"),
    ("ro", "ron", "romanian"),
    ("ru", "rus", "russian"),
    ("sa", "san", "sanskrit"),
    ("sd", "snd", "sindhi"),
    ("si", "sin", "sinhala"),
    ("sk", "slk", "slovak"),
    ("sl", "slv", "slovenian"),
    ("sn", "sna", "shona"),
    ("so", "som", "somali"),
    ("sq", "sqi", "albanian"),
    ("sr", "srp", "serbian"),
    ("su", "sun", "sundanese"),
    ("sv", "swe", "swedish"),
    ("sw", "swa", "swahili"),
    ("ta", "tam", "tamil"),
    ("te", "tel", "telugu"),
    ("tg", "tgk", "tajik"),
    ("th", "tha", "thai"),
    ("tk", "tuk", "turkmen"),
    ("tl", "tgl", "tagalog"),
    ("tr", "tur", "turkish"),
    ("tt", "tat", "tatar"),
    ("uk", "ukr", "ukrainian"),
    ("ur", "urd", "urdu"),
    ("uz", "uzb", "uzbek"),
    ("vi", "vie", "vietnamese"),
    ("yi", "yid", "yiddish"),
    ("yo", "yor", "yoruba"),
    ("yue", "yue", "cantonese"),
    ("zh", "zho", "chinese"),
];

/// Other codes and names, most of them from openai-whisper, sorted.
const ALIASES: [(&str, &str); 17] = [
    ("burmese", "my"),
    ("castilian", "es"),
    ("cmn", "zh"),
    ("fil", "tl"),
    ("flemish", "nl"),
    ("haitian", "ht"),
    ("jv", "jw"),
    ("letzeburgesch", "lb"),
    ("mandarin", "zh"),
    ("moldavian", "ro"),
    ("moldovan", "ro"),
    ("nb", "no"),
    ("nob", "no"),
    ("panjabi", "pa"),
    ("pushto", "ps"),
    ("sinhalese", "si"),
    ("valencian", "ca"),
];

/// Returns Whisper's code of a language. Understands codes of ISO 639-1 and 639-3 (`ja`, `jpn`), the
/// same with a region or script (`ja-JP`, `zh_TW`), and English names (`Japanese`).
#[must_use]
pub fn language_code(text: &str) -> Option<&'static str> {
    let text = text.trim().to_ascii_lowercase();
    find(&text).or_else(|| {
        let (language, _) = text.split_once(['-', '_'])?;
        find(language).filter(|_| language.len() <= 3)
    })
}

/// Returns the English name of the language with this code of Whisper.
#[must_use]
pub fn language_name(code: &str) -> Option<&'static str> {
    let index = LANGUAGES.binary_search_by_key(&code, |(known, _, _)| known).ok()?;
    Some(LANGUAGES[index].2)
}

/// Languages that a model was trained for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelLanguages {
    /// English only: models whose names end with `.en`.
    English,
    /// The 99 of all other models before `large-v3`: Cantonese came with that.
    WithoutCantonese,
    /// All 100.
    All,
}

impl ModelLanguages {
    /// Languages of a model as far as its name tells. One with a name of its own may know all.
    #[must_use]
    pub fn named(model: &ModelName) -> Self {
        let (size, variant) = split_name(model.as_str());
        if size.split_once('.').is_some_and(|(_, variant)| variant == "en") {
            return Self::English;
        }
        let is_before_cantonese = ["tiny", "base", "small", "medium"].contains(&size)
            || (size == "large" && (variant.starts_with("v1") || variant.starts_with("v2")));
        if is_before_cantonese { Self::WithoutCantonese } else { Self::All }
    }

    /// True if the language with this code is among them.
    #[must_use]
    pub fn include(self, code: &str) -> bool {
        match self {
            Self::English => code == "en",
            Self::WithoutCantonese => code != "yue",
            Self::All => true,
        }
    }
}

/// Splits `large-v3-turbo-q5_0` at its first dash.
fn split_name(model: &str) -> (&str, &str) {
    model.split_once('-').unwrap_or((model, ""))
}

fn find(text: &str) -> Option<&'static str> {
    let is_known = |(code, iso, name): &&(&str, &str, &str)| [code, iso, name].contains(&&text);
    let known = LANGUAGES.iter().find(is_known).map(|(code, _, _)| *code);
    known.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == text).map(|(_, code)| *code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_codes_and_its_name() {
        for (text, code) in [
            ("ja", Some("ja")),
            ("JA", Some("ja")),
            ("ja-JP", Some("ja")),
            ("ja_jp", Some("ja")),
            ("zh-Hant-TW", Some("zh")),
            ("jpn", Some("ja")),
            ("jpn-JP", Some("ja")),
            ("Japanese", Some("ja")),
            ("haitian creole", Some("ht")),
            (" english ", Some("en")),
            ("castilian", Some("es")),
            ("yue", Some("yue")),
            ("yue-HK", Some("yue")),
            ("cantonese", Some("yue")),
            ("jv", Some("jw")),
            ("jp", None),
            ("jp-JA", None),
            ("japanese-jp", None),
            ("", None),
            ("-", None),
            ("auto", None),
            ("klingon", None),
        ] {
            assert_eq!(language_code(text), code, "{text}");
        }
    }

    #[test]
    fn cantonese_came_with_the_third_large_model() {
        for (model, code, is_known) in [
            ("base", "ja", true),
            ("base", "yue", false),
            ("tiny-q5_1", "yue", false),
            ("large-v2", "yue", false),
            ("large-v3", "yue", true),
            ("large-v3-turbo-q5_0", "yue", true),
            ("base.en", "en", true),
            ("base.en", "ja", false),
            ("base.en-q5_1", "ja", false),
            ("our-own", "yue", true),
        ] {
            let name = model.parse().unwrap();
            assert_eq!(ModelLanguages::named(&name).include(code), is_known, "{model} {code}");
        }
    }

    #[test]
    fn every_text_means_one_language() {
        assert!(LANGUAGES.is_sorted_by_key(|(code, _, _)| *code));
        for (code, iso, name) in LANGUAGES {
            for text in [code, iso, name] {
                assert_eq!(language_code(text), Some(code), "{text}");
            }
            assert_eq!(language_name(code), Some(name));
        }
        for (alias, code) in ALIASES {
            assert_eq!(language_code(alias), Some(code), "{alias}");
            assert!(language_name(code).is_some(), "{code}");
        }
        assert_eq!(language_name("xx"), None);
    }
}
