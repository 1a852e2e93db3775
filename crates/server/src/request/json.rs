//! Invalid JSON, described in the words that clients of the original know.

use serde_json::Value;
use serde_json::error::Category;

const PROPERTY_NAME: &str = "Expecting property name enclosed in double quotes";
const VALUE: &str = "Expecting value";

/// Reason why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// Position of the error, in characters from the start.
    pub(crate) position: usize,
    /// Description of what was expected there.
    pub(crate) reason: String,
}

/// Parses a text as JSON.
pub(crate) fn parse(text: &str) -> Result<Value, JsonError> {
    serde_json::from_str(text).map_err(|error| JsonError {
        position: position(text, &error),
        reason: reason(text, &error),
    })
}

/// Converts the parser's position, in bytes of a line, to characters of the whole text.
fn position(text: &str, error: &serde_json::Error) -> usize {
    if error.classify() == Category::Eof {
        return text.chars().count();
    }
    let lines_before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = lines_before.map(str::len).sum();
    let end = start + error.column().saturating_sub(1);
    text.char_indices().take_while(|(at, _)| *at < end).count()
}

fn reason(text: &str, error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.split_once(" at line").map_or(said.as_str(), |(reason, _)| reason);
    let ends_with = |marks: &[char]| text.trim_end().ends_with(marks);
    let known = match said {
        "key must be a string" | "trailing comma" => PROPERTY_NAME,
        "EOF while parsing an object" if ends_with(&['{', ',']) => PROPERTY_NAME,
        "EOF while parsing a list" if ends_with(&['[']) => VALUE,
        "expected value" | "expected ident" | "EOF while parsing a value" => VALUE,
        "EOF while parsing an object"
        | "EOF while parsing a list"
        | "expected `,` or `]`"
        | "expected `,` or `}`" => "Expecting ',' delimiter",
        "expected `:`" => "Expecting ':' delimiter",
        "EOF while parsing a string" => "Unterminated string starting at",
        "trailing characters" => "Extra data",
        "invalid escape" => "Invalid \\escape",
        said if said.starts_with("control character") => "Invalid control character at",
        other => other,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, position: usize, reason: &str) {
        let expected = JsonError { position, reason: reason.to_owned() };
        assert_eq!(parse(text), Err(expected), "{text}");
    }

    #[test]
    fn wrong_json_is_named_and_placed_as_clients_know_it() {
        check("{bad", 1, "Expecting property name enclosed in double quotes");
        check("{", 1, "Expecting property name enclosed in double quotes");
        check("hoge", 0, "Expecting value");
        check(" ", 1, "Expecting value");
        check(r#"{"a":1,}"#, 7, "Expecting property name enclosed in double quotes");
        check(r#"{"a" 1}"#, 5, "Expecting ':' delimiter");
        check("[", 1, "Expecting value");
        check(r#"{"a":1"#, 6, "Expecting ',' delimiter");
        check("[1", 2, "Expecting ',' delimiter");
        check("[1 2]", 3, "Expecting ',' delimiter");
        check("{} x", 3, "Extra data");
        check("\"a\u{1}\"", 2, "Invalid control character at");
    }

    #[test]
    fn a_position_counts_characters_of_the_whole_text() {
        check("{\n  \"鍵\": あ}", 9, "Expecting value");
    }

    #[test]
    fn nesting_without_end_is_an_error() {
        let deep = "[".repeat(10_000);
        assert!(parse(&deep).is_err());
    }
}
