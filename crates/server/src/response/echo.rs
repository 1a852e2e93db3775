//! Shortening of client input that is repeated in an answer or a log.

use serde_json::Value;

/// Longest value that is repeated in full, in bytes of JSON.
const ECHO_BYTES: usize = 1024;

/// Length to which longer text is cut, in characters.
const ECHO_CHARS: usize = 200;

/// Returns the value unchanged, or the beginning of its text if it is long.
pub(crate) fn echo(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.len() <= ECHO_BYTES { value.clone() } else { Value::from(shorten(&text)) }
}

/// Returns at most the beginning of a text.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(ECHO_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
