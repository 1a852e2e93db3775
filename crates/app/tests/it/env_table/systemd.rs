//! `EnvironmentFile=`, as systemd reads it in `src/basic/env-file.c`.

const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];
const NEWLINE: [char; 2] = ['\n', '\r'];

/// States of systemd's parser, under its own names.
#[derive(Clone, Copy, PartialEq)]
enum State {
    PreKey,
    Key,
    PreValue,
    Value,
    ValueEscape,
    SingleQuoteValue,
    DoubleQuoteValue,
    DoubleQuoteValueEscape,
    Comment,
    CommentEscape,
}

/// Name and value of each line with a valid name.
pub(super) fn read(text: &str) -> Vec<(String, String)> {
    parse(text, State::PreKey)
}

/// Reads as versions before 254 do: a backslash at the end of a comment continues it.
pub(super) fn read_before_254(text: &str) -> Vec<(String, String)> {
    parse(text, State::Comment)
}

fn parse(text: &str, after_escaped_comment: State) -> Vec<(String, String)> {
    use State::*;

    let (mut state, mut key, mut value) = (PreKey, String::new(), String::new());
    // Length of the value up to its trailing blanks, if there are any.
    let mut chomped: Option<usize> = None;
    let mut pairs = Vec::new();
    // A string of C ends at a zero byte.
    let text = text.split('\0').next().unwrap_or_default();
    let mut push = |key: &mut String, value: &mut String, chomped: Option<usize>| {
        value.truncate(chomped.unwrap_or(value.len()));
        let name = key.trim_end_matches(WHITESPACE);
        if is_valid_name(name) {
            pairs.push((name.to_owned(), value.clone()));
        }
        key.clear();
        value.clear();
    };
    for char in text.chars() {
        let is_newline = NEWLINE.contains(&char);
        state = match state {
            PreKey if ['#', ';'].contains(&char) => Comment,
            PreKey if WHITESPACE.contains(&char) => PreKey,
            Key if is_newline => {
                key.clear();
                PreKey
            }
            Key if char == '=' => {
                chomped = None;
                PreValue
            }
            PreKey | Key => {
                key.push(char);
                Key
            }
            PreValue | Value if is_newline => {
                push(&mut key, &mut value, chomped.filter(|_| state == Value));
                PreKey
            }
            PreValue if char == '\'' => SingleQuoteValue,
            PreValue if char == '"' => DoubleQuoteValue,
            PreValue if char == '\\' => ValueEscape,
            PreValue if WHITESPACE.contains(&char) => PreValue,
            Value if char == '\\' => {
                chomped = None;
                ValueEscape
            }
            PreValue | Value => {
                let is_blank = WHITESPACE.contains(&char);
                chomped = is_blank.then(|| chomped.unwrap_or(value.len()));
                value.push(char);
                Value
            }
            ValueEscape => {
                if !is_newline {
                    value.push(char);
                }
                Value
            }
            SingleQuoteValue if char == '\'' => PreValue,
            DoubleQuoteValue if char == '"' => PreValue,
            DoubleQuoteValue if char == '\\' => DoubleQuoteValueEscape,
            SingleQuoteValue | DoubleQuoteValue => {
                value.push(char);
                state
            }
            DoubleQuoteValueEscape => {
                if !['"', '\\', '`', '$', '\n'].contains(&char) {
                    value.push('\\');
                }
                if char != '\n' {
                    value.push(char);
                }
                DoubleQuoteValue
            }
            Comment if char == '\\' => CommentEscape,
            Comment if is_newline => PreKey,
            CommentEscape if is_newline => after_escaped_comment,
            Comment | CommentEscape => Comment,
        };
    }
    if !matches!(state, PreKey | Key | Comment | CommentEscape) {
        push(&mut key, &mut value, chomped.filter(|_| state == Value));
    }
    pairs
}

/// Names that `EnvironmentFile=` accepts: `env_name_is_valid` in `src/basic/env-util.c`.
fn is_valid_name(name: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
    !name.is_empty()
        && !name.starts_with(|char: char| char.is_ascii_digit())
        && name.chars().all(is_plain)
}
