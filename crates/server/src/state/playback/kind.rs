//! Media type of a recording, from its first bytes: its name says nothing.

/// Number of bytes that are looked at. Recordings of browsers name their document type within them.
pub(super) const LOOKED_AT: usize = 64;

/// Returns the media type as browsers know it. For other content it is one that no browser shows.
pub(super) fn media_type(start: &[u8]) -> &'static str {
    match start {
        [b'R', b'I' | b'F', b'F' | b'6', b'F' | b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => {
            "audio/wav"
        }
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => "audio/aiff",
        [b'c', b'a', b'f', b'f', ..] => "audio/x-caf",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "audio/mp4",
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => {
            let is_webm = rest.windows(4).any(|window| window == b"webm");
            if is_webm { "audio/webm" } else { "audio/x-matroska" }
        }
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        // Twelve sync bits; the layer is 0 in AAC and something else in MP3.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => "audio/mpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_type() {
        for (start, expected) in [
            (b"RIFF\x24\0\0\0WAVEfmt ".as_slice(), "audio/wav"),
            (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
            (b"RIFF\x24\0\0\0AVI LIST", "application/octet-stream"),
            (b"FORM\0\0\0\x24AIFFCOMM", "audio/aiff"),
            (b"FORM\0\0\0\x24AIFCFVER", "audio/aiff"),
            (b"caff\0\x01\0\0desc", "audio/x-caf"),
            (b"fLaC\0\0\0\x22", "audio/flac"),
            (b"OggS\0\x02\0\0", "audio/ogg"),
            (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "audio/webm"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "audio/x-matroska"),
            (b"ID3\x04\0\0", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\xff\xf3\x18\xc4", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"\xff\xf9\x50\x80", "audio/aac"),
            (b"<!doctype html><script>", "application/octet-stream"),
            (b"\xff\xff", "audio/mpeg"),
            (b"\xff", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(media_type(start), expected, "{start:?}");
        }
    }
}
