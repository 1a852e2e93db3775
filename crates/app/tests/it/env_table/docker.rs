//! `docker run --env-file`, as docker/cli reads it in `pkg/kvfile/kvfile.go`.

/// Name and value of each line, or the reason why Docker refuses the file.
pub(super) type Pairs = Result<Vec<(String, String)>, String>;

/// Reads as Docker does: quotes around a value are removed.
pub(super) fn read(text: &str) -> Pairs {
    read_lines(text, trim_quotes)
}

/// Reads as earlier versions do (`opts/file.go`): values are passed on with their quotes.
pub(super) fn read_keeping_quotes(text: &str) -> Pairs {
    read_lines(text, |value| value)
}

fn read_lines(text: &str, unquote: fn(&str) -> &str) -> Pairs {
    let mut pairs = Vec::new();
    // Go's scanner removes one carriage return before the line feed.
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (line, None),
        };
        if name.is_empty() {
            return Err("no variable name".to_owned());
        }
        if name.contains([' ', '\t']) {
            return Err("the variable contains whitespace".to_owned());
        }
        // Without a value, Docker passes on the variable of its own environment, which has none.
        pairs.extend(value.map(|value| (name.to_owned(), unquote(value).to_owned())));
    }
    Ok(pairs)
}

fn trim_quotes(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('\'').or_else(|| inside('"')).unwrap_or(value)
}
