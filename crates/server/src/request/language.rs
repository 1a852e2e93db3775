//! Languages of the page, and the browser's preference: RFC 9110, section 12.5.4.

use axum::http::{HeaderMap, header};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Japanese,
}

impl Language {
    /// Returns the language that `accept-language` prefers, or English if it names neither.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        let mut best = (0.0, Self::English);
        for (language, weight) in lines.flat_map(|line| line.split(',')).filter_map(weighted) {
            // The first of equals wins.
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Returns the value of HTML's `lang` attribute.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }
}

/// Parses one entry of the header: a language of the page and its weight.
fn weighted(entry: &str) -> Option<(Language, f32)> {
    let mut parts = entry.split(';').map(str::trim);
    let language = match parts.next()?.split('-').next()?.to_ascii_lowercase().as_str() {
        "ja" => Language::Japanese,
        "en" => Language::English,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    // An unreadable weight counts as the lowest.
    Some((language, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_language_that_is_wanted_most_is_spoken() {
        for (accepted, tag) in [
            ("", "en"),
            ("*", "en"),
            ("fr, de;q=0.5", "en"),
            ("ja", "ja"),
            ("ja-JP", "ja"),
            ("JA", "ja"),
            ("ja,en-US;q=0.9,en;q=0.8", "ja"),
            ("en-US,en;q=0.9,ja;q=0.8", "en"),
            ("en;q=0.5, ja;q=0.7", "ja"),
            ("ja;q=0.5,en;q=0.5", "ja"),
            ("en,ja", "en"),
            ("fr,ja;q=0.1", "ja"),
            ("ja;q=0", "en"),
            ("ja;q=x,en;q=0.1", "en"),
            ("jav", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(Language::preferred(&headers).tag(), tag, "{accepted}");
        }
        assert_eq!(Language::preferred(&HeaderMap::new()), Language::English);
    }
}
