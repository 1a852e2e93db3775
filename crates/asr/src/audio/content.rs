//! Kinds of files, recognised by their first bytes.

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing at all.
    Empty,
    /// Of a kind that is read here, named.
    Audio(&'static str),
    /// Of a kind that is not, named.
    Foreign(&'static str),
    /// Unrecognised. A demuxer may still find audio after junk.
    Unknown,
}

/// Kinds that are read here: name, offset and bytes.
const AUDIO: [(&str, usize, &[u8]); 6] = [
    ("WAV", 8, b"WAVE"),
    ("FLAC", 0, b"fLaC"),
    ("Ogg", 0, b"OggS"),
    ("MP4", 4, b"ftyp"),
    ("Matroska", 0, b"\x1A\x45\xDF\xA3"),
    ("MP3", 0, b"ID3"),
];

/// Kinds that are not. They are named because a demuxer that scans for audio finds what looks
/// like some inside an archive or a picture.
const FOREIGN: [(&str, usize, &[u8]); 22] = [
    ("a ZIP archive", 0, b"PK\x03\x04"),
    ("a gzip archive", 0, b"\x1F\x8B"),
    ("a bzip2 archive", 0, b"BZh"),
    ("a 7z archive", 0, b"7z\xBC\xAF\x27\x1C"),
    ("an xz archive", 0, b"\xFD7zXZ\x00"),
    ("a zstd archive", 0, b"\x28\xB5\x2F\xFD"),
    ("a PNG image", 0, b"\x89PNG"),
    ("a JPEG image", 0, b"\xFF\xD8\xFF"),
    ("a GIF image", 0, b"GIF8"),
    ("a WebP image", 8, b"WEBP"),
    ("an HEIC image", 4, b"ftypheic"),
    ("an AVIF image", 4, b"ftypavif"),
    ("a PDF document", 0, b"%PDF"),
    ("an AVI video", 8, b"AVI "),
    ("an AIFF recording", 8, b"AIFF"),
    ("an AIFF recording", 8, b"AIFC"),
    ("a CAF recording", 0, b"caff"),
    ("an AMR recording", 0, b"#!AMR"),
    ("a Windows Media recording", 0, b"\x30\x26\xB2\x75"),
    ("an RF64 recording", 0, b"RF64"),
    ("an SQLite database", 0, b"SQLite format 3"),
    ("a program", 0, b"\x7FELF"),
];

/// Tells a file by its first bytes (some hundred are enough).
pub(super) fn content_of(head: &[u8]) -> Content {
    let has = |&&(_, at, magic): &&(&str, usize, &[u8])| {
        head.get(at..).is_some_and(|rest| rest.starts_with(magic))
    };
    if head.is_empty() {
        Content::Empty
    } else if let Some((name, _, _)) = FOREIGN.iter().find(has) {
        Content::Foreign(name)
    } else if let Some((name, _, _)) = AUDIO.iter().find(has) {
        Content::Audio(name)
    } else if is_mpeg_frame(head) {
        Content::Audio("MP3 or AAC")
    } else if is_text(head) {
        Content::Foreign("text")
    } else {
        Content::Unknown
    }
}

/// Both MPEG audio and ADTS frames start with eleven or twelve set bits.
fn is_mpeg_frame(head: &[u8]) -> bool {
    matches!(head, [0xFF, second, ..] if second & 0xE0 == 0xE0 && *second != 0xFF)
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        let cases: [(&[u8], Content); 12] = [
            (b"", Content::Empty),
            (b"RIFF\0\0\0\0WAVEfmt ", Content::Audio("WAV")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Content::Foreign("a WebP image")),
            (b"\0\0\0\x20ftypM4A ", Content::Audio("MP4")),
            (b"\0\0\0\x20ftypheic", Content::Foreign("an HEIC image")),
            (b"\xFF\xF1\x50\x80", Content::Audio("MP3 or AAC")),
            (b"\xFF\xFB\x90\x00", Content::Audio("MP3 or AAC")),
            (b"\xFF\xD8\xFF\xE0", Content::Foreign("a JPEG image")),
            (b"PK\x03\x04", Content::Foreign("a ZIP archive")),
            ("{\"text\": \"はい\"}".as_bytes(), Content::Foreign("text")),
            (b"\xE3\x81\x82\xE3\x81", Content::Foreign("text")),
            (b"\0\0\0\0\0\0\0\0", Content::Unknown),
        ];
        for (head, expected) in cases {
            assert_eq!(content_of(head), expected, "{head:?}");
        }
    }
}
