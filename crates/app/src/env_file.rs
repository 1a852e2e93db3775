//! Parses settings files: the grammar in which a line means the same to this program, Docker and
//! systemd.
//!
//! A line is blank, a comment that begins with `#`, or `NAME=value`. The value is everything up to
//! the end of the line, literally: blanks, `#` and `$` are part of it. It may stand in one pair of
//! quotes, which are not part of it. Other lines mean different things to different readers, or
//! nothing at all, and are refused.
//!
//! The other readers are `docker run --env-file` (docker/cli, `pkg/kvfile/kvfile.go`; older ones
//! keep quotes, which [`unquote`] takes off) and `EnvironmentFile=` (systemd, `src/basic/env-file.c`).

use std::collections::BTreeMap;

/// A line that is refused. It is not quoted, since it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongLine {
    /// Number of the line, starting at 1.
    pub(crate) number: usize,
    pub(crate) problem: LineProblem,
}

/// Reason why a line of a settings file is refused, and the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// There is no `=`. Docker would pass on its own variable of that name.
    #[error("is not `NAME=value`")]
    NoValue,
    /// The name is none that every reader accepts.
    #[error(
        "has a name that is not of letters, digits and `_` alone; write `NAME=value` without \
         blanks before the `=`"
    )]
    Name,
    /// Only shells and some readers know `export`.
    #[error("begins with `export`; remove that word")]
    Export,
    /// A comment for systemd, a name for Docker.
    #[error("begins with `;`; begin a comment with `#`")]
    Semicolon,
    /// Quotes that are not one pair around the whole value. systemd joins the parts.
    #[error(
        "has a quote that does not enclose the whole value; enclose it in one pair of quotes, or \
         remove them"
    )]
    Quote,
    /// An escape for systemd, a plain character for Docker.
    #[error(
        "has a backslash, which not every reader takes literally; put the value in single quotes"
    )]
    Backslash,
    /// Versions of systemd before 254 take the next line as part of such a comment.
    #[error("is a comment that ends with a backslash; remove the backslash")]
    CommentBackslash,
    /// A control character. systemd ends the line at a carriage return and the file at a zero byte.
    #[error("has a control character; remove it")]
    Control,
    /// systemd takes a byte order mark as part of the name.
    #[error("has a byte order mark before the name; save the file without it")]
    ByteOrderMark,
    /// The line is not UTF-8.
    #[error("is not UTF-8 text")]
    NotText,
}

/// Parses the text of a settings file. The last of several lines with the same name counts. Values
/// keep their quotes and blanks: [`unquote`] removes them, as it does for values that come from the
/// process's environment.
pub(crate) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, String>, WrongLine> {
    let (is_marked, bytes) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let mut values = BTreeMap::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let wrong = |problem| WrongLine { number, problem };
        let line = str::from_utf8(line).map_err(|_| wrong(LineProblem::NotText))?;
        if let Some((name, value)) = parse_line(line).map_err(wrong)? {
            if is_marked && number == 1 {
                return Err(wrong(LineProblem::ByteOrderMark));
            }
            values.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(values)
}

/// Removes blanks, then one pair of quotes around the whole value.
pub(crate) fn unquote(value: &str) -> &str {
    let value = value.trim();
    inside_quotes(value).map_or(value, |(_, inside)| inside.trim())
}

/// Parses a line to name and value. `None` if it is blank or a comment.
fn parse_line(line: &str) -> Result<Option<(&str, &str)>, LineProblem> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(|char: char| char.is_control() && char != '\t') {
        return Err(LineProblem::Control);
    }
    let line = line.trim_start_matches([' ', '\t']);
    if line.is_empty() {
        return Ok(None);
    }
    if line.starts_with('#') {
        return if line.ends_with('\\') { Err(LineProblem::CommentBackslash) } else { Ok(None) };
    }
    if line.starts_with(';') {
        return Err(LineProblem::Semicolon);
    }
    if line.starts_with("export ") || line.starts_with("export\t") {
        return Err(LineProblem::Export);
    }
    let (name, value) = line.split_once('=').ok_or(LineProblem::NoValue)?;
    if !is_name(name) {
        return Err(LineProblem::Name);
    }
    check_value(value.trim())?;
    Ok(Some((name, value)))
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty()
        && !name.starts_with(|char: char| char.is_ascii_digit())
        && name.bytes().all(is_plain)
}

fn check_value(value: &str) -> Result<(), LineProblem> {
    match inside_quotes(value) {
        // Literal for systemd too.
        Some(('\'', _)) => Ok(()),
        None if value.starts_with(['\'', '"']) => Err(LineProblem::Quote),
        _ if value.contains('\\') => Err(LineProblem::Backslash),
        _ => Ok(()),
    }
}

/// Splits a value in one pair of quotes into the kind of quote and the text inside. `None` if
/// quotes do not enclose exactly the whole value.
fn inside_quotes(value: &str) -> Option<(char, &str)> {
    ['\'', '"'].into_iter().find_map(|quote| {
        let inside = value.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains(quote)).then_some((quote, inside))
    })
}
