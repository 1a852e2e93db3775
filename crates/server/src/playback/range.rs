//! Which part of a recording a request asks for: the `Range` header, RFC 9110, section 14.2.

use std::ops::Range;

/// What is wanted of so many bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them. Also where the header says what we do not know, which is then left out.
    All,
    /// These.
    Part(Range<u64>),
    /// Some that are not there.
    Beyond,
}

/// What a header wants of `size` bytes. Of several ranges all is answered, which is allowed and
/// asked for by no player.
pub(crate) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let range = header.and_then(|text| text.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|text| text.split_once('-')) else {
        return Wanted::All;
    };
    match (number(first), number(last)) {
        (Bound::Number(first), Bound::Number(last)) if first > last => Wanted::All,
        (Bound::Number(first), _) if first >= size => Wanted::Beyond,
        (Bound::Number(first), Bound::None) => Wanted::Part(first..size),
        (Bound::Number(first), Bound::Number(last)) => {
            Wanted::Part(first..size.min(last.saturating_add(1)))
        }
        (Bound::None, Bound::Number(length)) if length == 0 || size == 0 => Wanted::Beyond,
        (Bound::None, Bound::Number(length)) => Wanted::Part(size.saturating_sub(length)..size),
        _ => Wanted::All,
    }
}

enum Bound {
    None,
    Number(u64),
    Odd,
}

fn number(text: &str) -> Bound {
    match text.trim() {
        "" => Bound::None,
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // More digits than a number has room for are beyond any file.
            Bound::Number(text.parse().unwrap_or(u64::MAX))
        }
        _ => Bound::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_a_part() {
        for (header, size, expected) in [
            (None, 10, Wanted::All),
            (Some("bytes=0-"), 10, Wanted::Part(0..10)),
            (Some("bytes=0-0"), 10, Wanted::Part(0..1)),
            (Some("bytes=3-5"), 10, Wanted::Part(3..6)),
            (Some("bytes=3-99"), 10, Wanted::Part(3..10)),
            (Some("bytes=9-"), 10, Wanted::Part(9..10)),
            (Some("bytes=-3"), 10, Wanted::Part(7..10)),
            (Some("bytes=-30"), 10, Wanted::Part(0..10)),
            (Some("bytes=0-18446744073709551615"), 10, Wanted::Part(0..10)),
            (Some("bytes=10-"), 10, Wanted::Beyond),
            (Some("bytes=10-12"), 10, Wanted::Beyond),
            (Some("bytes=99999999999999999999999-"), 10, Wanted::Beyond),
            (Some("bytes=-0"), 10, Wanted::Beyond),
            (Some("bytes=0-"), 0, Wanted::Beyond),
            (Some("bytes=-1"), 0, Wanted::Beyond),
            // What is no range in this form is as if it were not there.
            (Some("bytes=5-3"), 10, Wanted::All),
            (Some("bytes=-"), 10, Wanted::All),
            (Some("bytes=+1-2"), 10, Wanted::All),
            (Some("bytes=a-b"), 10, Wanted::All),
            (Some("bytes=0-1,4-5"), 10, Wanted::All),
            (Some("bytes 0-1"), 10, Wanted::All),
            (Some("seconds=0-1"), 10, Wanted::All),
            (Some(""), 10, Wanted::All),
        ] {
            assert_eq!(wanted(header, size), expected, "{header:?} of {size}");
        }
    }
}
