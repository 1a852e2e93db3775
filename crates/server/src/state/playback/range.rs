//! The `Range` header: RFC 9110, section 14.2.

use std::ops::Range;

/// Part of a recording that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RangeRequest {
    /// All of it. Also if the header is not understood, and so ignored.
    All,
    /// A range of bytes.
    Range(Range<u64>),
    /// A range beyond the end.
    Beyond,
}

/// Parses a header for a recording of `size` bytes. Several ranges get the whole recording, which
/// is allowed; no player sends them.
pub(crate) fn parse(header: Option<&str>, size: u64) -> RangeRequest {
    let range = header.and_then(|text| text.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|text| text.split_once('-')) else {
        return RangeRequest::All;
    };
    match (parse_bound(first), parse_bound(last)) {
        (Bound::Number(first), Bound::Number(last)) if first > last => RangeRequest::All,
        (Bound::Number(first), _) if first >= size => RangeRequest::Beyond,
        (Bound::Number(first), Bound::None) => RangeRequest::Range(first..size),
        (Bound::Number(first), Bound::Number(last)) => {
            RangeRequest::Range(first..size.min(last.saturating_add(1)))
        }
        (Bound::None, Bound::Number(length)) if length == 0 || size == 0 => RangeRequest::Beyond,
        (Bound::None, Bound::Number(length)) => {
            RangeRequest::Range(size.saturating_sub(length)..size)
        }
        _ => RangeRequest::All,
    }
}

enum Bound {
    None,
    Number(u64),
    Odd,
}

fn parse_bound(text: &str) -> Bound {
    match text.trim() {
        "" => Bound::None,
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // A number too large for u64 is beyond any file.
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
            (None, 10, RangeRequest::All),
            (Some("bytes=0-"), 10, RangeRequest::Range(0..10)),
            (Some("bytes=0-0"), 10, RangeRequest::Range(0..1)),
            (Some("bytes=3-5"), 10, RangeRequest::Range(3..6)),
            (Some("bytes=3-99"), 10, RangeRequest::Range(3..10)),
            (Some("bytes=9-"), 10, RangeRequest::Range(9..10)),
            (Some("bytes=-3"), 10, RangeRequest::Range(7..10)),
            (Some("bytes=-30"), 10, RangeRequest::Range(0..10)),
            (Some("bytes=0-18446744073709551615"), 10, RangeRequest::Range(0..10)),
            (Some("bytes=10-"), 10, RangeRequest::Beyond),
            (Some("bytes=10-12"), 10, RangeRequest::Beyond),
            (Some("bytes=99999999999999999999999-"), 10, RangeRequest::Beyond),
            (Some("bytes=-0"), 10, RangeRequest::Beyond),
            (Some("bytes=0-"), 0, RangeRequest::Beyond),
            (Some("bytes=-1"), 0, RangeRequest::Beyond),
            // What is no range in this form is as if it were not there.
            (Some("bytes=5-3"), 10, RangeRequest::All),
            (Some("bytes=-"), 10, RangeRequest::All),
            (Some("bytes=+1-2"), 10, RangeRequest::All),
            (Some("bytes=a-b"), 10, RangeRequest::All),
            (Some("bytes=0-1,4-5"), 10, RangeRequest::All),
            (Some("bytes 0-1"), 10, RangeRequest::All),
            (Some("seconds=0-1"), 10, RangeRequest::All),
            (Some(""), 10, RangeRequest::All),
        ] {
            assert_eq!(parse(header, size), expected, "{header:?} of {size}");
        }
    }
}
