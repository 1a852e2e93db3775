//! Kinds of files, recognised by their first bytes.

use std::io::{self, Read, Seek};

use super::peek::Peek;
use super::wav::Family;

/// Boxes with which an MP4 file begins.
const MP4_BOXES: [&[u8]; 12] = [
    b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"junk", b"pict", b"prfl",
    b"styp", b"uuid",
];

/// Zeros with which the length of a first box of less than 16 MB begins.
const BOX_ZEROS: u64 = 3;

/// Bytes of the start that are enough to recognise a file.
pub(super) const HEAD_BYTES: usize = 512;

/// Largest number of leading tags that are skipped. One is usual, and some programs add another.
const MAX_TAGS: u32 = 100_000;

/// Zeros that are read at once.
const ZERO_BYTES: usize = 1 << 16;

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing at all.
    Empty,
    /// A kind that is supported.
    Known(Container),
    /// A kind that is not supported, by name.
    Foreign(&'static str),
    /// Unrecognised. A demuxer may still find audio after junk.
    Unknown,
}

/// Kinds that are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Wav(Family),
    Au,
    Aiff,
    Caf,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    /// Frames of MPEG audio or of AAC.
    Frames,
}

impl Container {
    /// Name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wav(_) => "WAV",
            Self::Au => "AU",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska",
            Self::Frames => "MP3 or AAC",
        }
    }
}

/// Kinds with a magic number: kind, offset and bytes.
const KNOWN: [(Container, usize, &[u8]); 7] = [
    (Container::Flac, 0, b"fLaC"),
    (Container::Ogg, 0, b"OggS"),
    (Container::Matroska, 0, b"\x1A\x45\xDF\xA3"),
    (Container::Aiff, 8, b"AIFF"),
    (Container::Aiff, 8, b"AIFC"),
    (Container::Caf, 0, b"caff"),
    (Container::Au, 0, b".snd"),
];

/// Kinds that are not supported: name, offset and bytes. They are named because a demuxer that scans for audio finds what looks
/// like some inside an archive or a picture.
const FOREIGN: [(&str, usize, &[u8]); 35] = [
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
    ("a Flash video", 0, b"FLV\x01"),
    ("an MPEG video", 0, b"\0\0\x01\xBA"),
    ("an MPEG video", 0, b"\0\0\x01\xB3"),
    ("an AMR recording", 0, b"#!AMR"),
    ("a SILK recording", 0, b"#!SILK"),
    ("a SILK recording", 1, b"#!SILK"),
    ("a Windows Media recording", 0, b"\x30\x26\xB2\x75"),
    ("a RealMedia recording", 0, b".RMF"),
    ("a RealAudio recording", 0, b".ra\xFD"),
    ("a Creative Voice recording", 0, b"Creative Voice File"),
    ("a WavPack recording", 0, b"wvpk"),
    ("a Monkey's Audio recording", 0, b"MAC "),
    ("a True Audio recording", 0, b"TTA1"),
    ("a Musepack recording", 0, b"MPCK"),
    ("a DSD recording", 0, b"DSD "),
    ("a DSD recording", 0, b"FRM8"),
    ("an AC-3 recording", 0, b"\x0B\x77"),
    ("AAC in ADIF", 0, b"ADIF"),
    ("a MIDI file", 0, b"MThd"),
    ("an SQLite database", 0, b"SQLite format 3"),
    ("a program", 0, b"\x7FELF"),
];

/// Length of a packet of an MPEG transport stream. Each begins with the same byte.
const TRANSPORT_PACKET: usize = 188;

/// Recognises a file by its first bytes ([`HEAD_BYTES`] are enough).
pub(super) fn content_of(head: &[u8]) -> Content {
    let at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if head.is_empty() {
        Content::Empty
    } else if let Some(family) = Family::of(head) {
        Content::Known(Container::Wav(family))
    } else if let Some((name, ..)) = FOREIGN.iter().find(|(_, offset, magic)| at(*offset, magic)) {
        Content::Foreign(name)
    } else if let Some((kind, ..)) = KNOWN.iter().find(|(_, offset, magic)| at(*offset, magic)) {
        Content::Known(*kind)
    } else if is_mp4(head) {
        Content::Known(Container::Mp4)
    } else if is_mpeg_frame(head) || at(0, b"ID3") {
        Content::Known(Container::Frames)
    } else if matches!(head, [0x56, second, ..] if second & 0xE0 == 0xE0) {
        Content::Foreign("AAC in LATM")
    } else if head[0] == 0x47 && (1..=2).all(|n| head.get(n * TRANSPORT_PACKET) == Some(&0x47)) {
        Content::Foreign("an MPEG transport stream")
    } else if is_text(head) {
        Content::Foreign("text")
    } else {
        Content::Unknown
    }
}

/// Finds the offset after leading ID3 tags and the zeros that follow them: 0 if there are no tags.
pub(super) fn find_start<R: Read + Seek>(peek: &mut Peek<R>) -> io::Result<u64> {
    let mut start = 0;
    for _ in 0..MAX_TAGS {
        match id3_length(&peek.up_to(start, 10)?) {
            Some(length) => start += length,
            None => break,
        }
    }
    if start == 0 {
        return Ok(0);
    }
    let tagged = start;
    loop {
        let bytes = peek.up_to(start, ZERO_BYTES)?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        start += zeros as u64;
        if zeros == 0 || zeros < bytes.len() {
            break;
        }
    }
    for before in start.saturating_sub(BOX_ZEROS).max(tagged)..start {
        if is_mp4(&peek.up_to(before, 8)?) {
            return Ok(before);
        }
    }
    Ok(start)
}

fn is_mp4(head: &[u8]) -> bool {
    MP4_BOXES.iter().any(|first| head.get(4..8) == Some(first))
}

/// Length of an ID3 tag that begins here.
pub(super) fn id3_length(bytes: &[u8]) -> Option<u64> {
    let &[b'I', b'D', b'3', major, _, flags, ref size @ ..] = bytes else { return None };
    let size = size.first_chunk::<4>()?;
    let is_tag = major != 0xFF && size.iter().all(|byte| byte & 0x80 == 0);
    let length = size.iter().fold(0, |length, byte| length << 7 | u64::from(*byte));
    // The header, and a footer of the same length.
    let around = if flags & 0x10 == 0 { 10 } else { 20 };
    is_tag.then_some(around + length)
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
    use std::io::Cursor;

    use super::super::peek::Order;
    use super::*;

    #[test]
    fn a_file_is_recognised_by_its_first_bytes() {
        let wav = Content::Known(Container::Wav(Family::Riff(Order::Little)));
        let cases: [(&[u8], Content); 20] = [
            (b"", Content::Empty),
            (b"RIFF\0\0\0\0WAVEfmt ", wav),
            (b"RF64\xFF\xFF\xFF\xFFWAVEds64", Content::Known(Container::Wav(Family::Rf64))),
            (b"RIFF\0\0\0\0WEBPVP8 ", Content::Foreign("a WebP image")),
            (b"RIFF\0\0\0\0AVI LIST", Content::Foreign("an AVI video")),
            (b"\0\0\0\x20ftypM4A ", Content::Known(Container::Mp4)),
            (b"\0\0\x01\x20moov\0\0\0\x6C", Content::Known(Container::Mp4)),
            (b"\0\0\0\x20ftypheic", Content::Foreign("an HEIC image")),
            (b"FORM\0\0\0\0AIFCFVER", Content::Known(Container::Aiff)),
            (b".snd\0\0\0\x18", Content::Known(Container::Au)),
            (b"\xFF\xF1\x50\x80", Content::Known(Container::Frames)),
            (b"\xFF\xFB\x90\x00", Content::Known(Container::Frames)),
            (b"\xFF\xD8\xFF\xE0", Content::Foreign("a JPEG image")),
            (b"PK\x03\x04", Content::Foreign("a ZIP archive")),
            (b"#!AMR-WB\n", Content::Foreign("an AMR recording")),
            (b"\x02#!SILK_V3", Content::Foreign("a SILK recording")),
            ("{\"text\": \"はい\"}".as_bytes(), Content::Foreign("text")),
            (b"\xE3\x81\x82\xE3\x81", Content::Foreign("text")),
            (b"\0\0\0\0\0\0\0\0", Content::Unknown),
            (&[0x47; 400], Content::Foreign("an MPEG transport stream")),
        ];
        for (head, expected) in cases {
            assert_eq!(content_of(head), expected, "{head:?}");
        }
    }

    #[test]
    fn a_file_begins_behind_its_tags_and_zeros() {
        let tag =
            |length: u8| [b"ID3\x04\0\0\0\0\0", &[length][..], &vec![7; length.into()]].concat();
        let zeros = vec![0; 3 * ZERO_BYTES + 5];
        let cases = [
            (b"fLaC".to_vec(), 0),
            (zeros.clone(), 0),
            (tag(20), 30),
            ([tag(20), tag(0), b"\xFF\xFB".to_vec()].concat(), 40),
            ([tag(20), zeros.clone(), b"\xFF\xFB".to_vec()].concat(), 30 + zeros.len() as u64),
            ([tag(20), zeros.clone()].concat(), 30 + zeros.len() as u64),
            ([tag(20), b"\0\0\x01\x20ftyp".to_vec()].concat(), 30),
            ([tag(20), vec![0; 9], b"\0\0\0\x20ftyp".to_vec()].concat(), 39),
            (b"ID3\x04\0\0\x7F\x7F\x7F\x7F".to_vec(), (1 << 28) - 1 + 10),
        ];
        for (bytes, expected) in cases {
            let mut peek = Peek::new(Cursor::new(&bytes), 0, bytes.len() as u64);
            assert_eq!(find_start(&mut peek).unwrap(), expected);
        }
    }
}
