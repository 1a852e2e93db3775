//! Tokens are pieces of UTF-8, and a character may be made of several.

use std::str::from_utf8;

/// Whether these bytes are text, but for a last character that may have more bytes to come.
pub(super) fn may_become_text(bytes: &[u8]) -> bool {
    from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// The bytes at the end that begin a character without ending it.
pub(super) fn begun(bytes: &[u8]) -> &[u8] {
    let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    if may_become_text(last) { last } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_begun_until_its_last_byte() {
        for character in ["a", "é", "今", "😀"] {
            let bytes = character.as_bytes();
            for cut in 0..=bytes.len() {
                let expected = if cut < bytes.len() { &bytes[..cut] } else { &[] };
                assert_eq!(begun(&["今日".as_bytes(), &bytes[..cut]].concat()), expected);
                assert!(may_become_text(&bytes[..cut]), "{character}, {cut}");
            }
        }
    }

    #[test]
    fn what_no_character_begins_with_is_not_gone_on_with() {
        // A lone end, bytes that UTF-8 has not, characters written too long, half a surrogate.
        for broken in [&b"\x80"[..], b"\xff", b"\xc0", b"\xe0\x80", b"\xf0\x80", b"\xed\xa0"] {
            assert!(!may_become_text(broken), "{broken:?}");
            assert_eq!(begun(broken), [0; 0], "{broken:?}");
        }
        assert_eq!(begun("今".as_bytes().split_at(1).1), [0; 0]);
        assert_eq!(begun(b"\xe4a"), [0; 0]);
    }
}
