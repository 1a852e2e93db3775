//! How much of what a client sent is repeated to it or to a log: little.

use serde_json::Value;

/// A value that is longer as JSON, in bytes, is not repeated in full.
const ECHO_BYTES: usize = 1024;

/// What is repeated of a text that is too long, in characters.
const ECHO_CHARS: usize = 200;

/// The value as it came, or the beginning of its text where it is long.
pub(crate) fn echo(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.len() <= ECHO_BYTES { value.clone() } else { Value::from(shortened(&text)) }
}

/// A text, cut where it is long.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHO_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
