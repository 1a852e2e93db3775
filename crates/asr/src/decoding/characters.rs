//! Characters that are spread over several tokens: a token is a piece of UTF-8, not of text.

use std::str::from_utf8;

/// True if these bytes are UTF-8 up to a last character that may still get more bytes.
pub(super) fn is_utf8_prefix(bytes: &[u8]) -> bool {
    from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Returns the bytes at the end that begin a character without completing it.
pub(super) fn incomplete_character(bytes: &[u8]) -> &[u8] {
    let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    if is_utf8_prefix(last) { last } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_incomplete_until_its_last_byte() {
        for character in ["a", "é", "今", "😀"] {
            let bytes = character.as_bytes();
            for cut in 0..=bytes.len() {
                let expected = if cut < bytes.len() { &bytes[..cut] } else { &[] };
                let text = ["今日".as_bytes(), &bytes[..cut]].concat();
                assert_eq!(incomplete_character(&text), expected);
                assert!(is_utf8_prefix(&bytes[..cut]), "{character}, {cut}");
            }
        }
    }

    #[test]
    fn bytes_that_begin_no_character_are_not_completed() {
        // A lone continuation, bytes that UTF-8 never has, overlong forms, half a surrogate.
        for broken in [&b"\x80"[..], b"\xff", b"\xc0", b"\xe0\x80", b"\xf0\x80", b"\xed\xa0"] {
            assert!(!is_utf8_prefix(broken), "{broken:?}");
            assert_eq!(incomplete_character(broken), [0; 0], "{broken:?}");
        }
        assert_eq!(incomplete_character("今".as_bytes().split_at(1).1), [0; 0]);
        assert_eq!(incomplete_character(b"\xe4a"), [0; 0]);
    }
}
