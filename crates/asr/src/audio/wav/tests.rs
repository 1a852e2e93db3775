//! Headers of WAV files as recordings have them.

use std::io::Cursor;

use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_MULAW,
    CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32LE,
    CODEC_ID_PCM_U8,
};

use super::super::peek::Order;
use super::*;

/// The samples of the files that are made here: ten of two bytes.
const SAMPLES: [u8; 20] = [0x80; 20];

fn chunk<const N: usize>(name: &[u8; N], length: u32, contents: &[u8]) -> Vec<u8> {
    [name, &length.to_le_bytes()[..], contents].concat()
}

fn pcm(bits: u16, align: u16) -> Vec<u8> {
    let mut format = vec![1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0];
    format.extend(align.to_le_bytes());
    format.extend(bits.to_le_bytes());
    format
}

/// A file of these chunks, with this outer length or the right one.
fn file(outer: Option<u32>, chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let outer = outer.unwrap_or(u32::try_from(chunks.len()).unwrap() + 4);
    [b"RIFF", &outer.to_le_bytes()[..], b"WAVE", &chunks].concat()
}

fn read(file: &[u8]) -> Result<Wav, Fault> {
    let mut peek = Peek::new(Cursor::new(file), 0, file.len() as u64);
    read_wav(&mut peek, Family::of(file).unwrap())
}

/// The samples that are found.
fn samples(file: &[u8]) -> Vec<u8> {
    match read(file).unwrap() {
        Wav::Blocks { parts, .. } => {
            let index = |at: u64| usize::try_from(at).unwrap();
            parts.into_iter().flat_map(|it| file[index(it.start)..index(it.end)].to_vec()).collect()
        }
        Wav::Mpeg(_) => panic!("no samples"),
    }
}

#[test]
fn samples_are_found_behind_whatever_stands_before_them() {
    let format = chunk(b"fmt ", 16, &pcm(16, 2));
    let data = chunk(b"data", 20, &SAMPLES);
    let marks = vec![chunk(b"mark", 4, b"here"); 3000].concat();
    for (what, before) in [
        ("nothing", vec![]),
        ("a list", chunk(b"LIST", 4, b"INFO")),
        ("a list of odd length with a pad byte", chunk(b"LIST", 5, b"INFOx\0")),
        ("a list of odd length without", chunk(b"LIST", 5, b"INFOx")),
        ("another chunk of odd length with", chunk(b"abcd", 3, b"xyz\0")),
        ("another chunk of odd length without", chunk(b"abcd", 3, b"xyz")),
        ("a list with a chunk that is too long", chunk(b"LIST", 12, b"INFOISFT\xFF\xFF\0\0")),
        ("a fact of 12 bytes", chunk(b"fact", 12, &[0; 12])),
        ("a fact of 2 bytes", chunk(b"fact", 2, &[0; 2])),
        ("an empty chunk", chunk(b"JUNK", 0, &[])),
        ("many chunks", marks),
        ("a length that leads astray", chunk(b"LIST", 0x7FFF_FFF0, b"INFO")),
        ("a length that was not known", chunk(b"JUNK", u32::MAX, b"INFO")),
    ] {
        for outer in [None, Some(0), Some(u32::MAX)] {
            let whole = file(outer, &[format.clone(), before.clone(), data.clone()]);
            assert_eq!(samples(&whole), SAMPLES, "{what}, {outer:?}");
        }
        let late = file(None, &[before, format.clone(), data.clone()]);
        if !what.starts_with("a length") {
            assert_eq!(samples(&late), SAMPLES, "{what} before the format");
        }
    }
}

#[test]
fn as_many_samples_are_found_as_there_are() {
    let format = chunk(b"fmt ", 16, &pcm(16, 2));
    let data = |length| chunk(b"data", length, &SAMPLES);
    let note = chunk(b"note", 4, b"abcd");
    let cases: [(&str, Vec<u8>, usize); 9] = [
        ("unknown", file(Some(u32::MAX), &[format.clone(), data(u32::MAX)]), 20),
        ("not written", file(Some(0), &[format.clone(), data(0)]), 20),
        ("not written, but the outer one", file(None, &[format.clone(), data(0)]), 20),
        ("too long", file(None, &[format.clone(), data(1000)]), 20),
        ("right", file(None, &[format.clone(), data(20), note.clone()]), 20),
        ("right, with a wrong outer one", file(Some(7), &[format.clone(), data(20)]), 20),
        ("short", file(None, &[format.clone(), data(12), note.clone()]), 12),
        ("none", file(None, &[format.clone(), chunk(b"data", 0, &[])]), 0),
        ("none, and more", file(None, &[format.clone(), chunk(b"data", 0, &[]), note]), 0),
    ];
    for (what, file, expected) in cases {
        assert_eq!(samples(&file).len(), expected, "{what}");
    }
    let several = file(None, &[format, data(20), chunk(b"JUNK", 2, b"xx"), data(20)]);
    assert_eq!(samples(&several), SAMPLES.repeat(2), "several");
}

#[test]
fn formats_are_read_at_any_length() {
    let extensible = |tag: u16, bits: u16, valid: u16| {
        let mut format = pcm(bits, bits / 8);
        format[..2].copy_from_slice(&[0xFE, 0xFF]);
        format.extend([22, 0]);
        format.extend(valid.to_le_bytes());
        format.extend([4, 0, 0, 0]);
        format.extend(tag.to_le_bytes());
        format.extend(b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
        format
    };
    let tagged = |tag: u16, bits: u16| {
        let mut format = pcm(bits, bits / 8);
        format[..2].copy_from_slice(&tag.to_le_bytes());
        format
    };
    let short = extensible(1, 16, 16)[..20].to_vec();
    let cases = [
        (pcm(8, 1), CODEC_ID_PCM_U8, 1),
        (pcm(16, 2), CODEC_ID_PCM_S16LE, 2),
        (pcm(12, 2), CODEC_ID_PCM_S16LE, 2),
        (pcm(20, 3), CODEC_ID_PCM_S24LE, 3),
        (pcm(20, 4), CODEC_ID_PCM_S32LE, 4),
        (pcm(24, 0), CODEC_ID_PCM_S24LE, 3),
        (pcm(16, 1), CODEC_ID_PCM_S16LE, 2),
        (tagged(3, 32), CODEC_ID_PCM_F32LE, 4),
        (tagged(6, 8), CODEC_ID_PCM_ALAW, 1),
        (tagged(7, 8), CODEC_ID_PCM_MULAW, 1),
        (tagged(7, 16), CODEC_ID_PCM_MULAW, 1),
        (extensible(1, 24, 20), CODEC_ID_PCM_S24LE, 3),
        (extensible(3, 32, 32), CODEC_ID_PCM_F32LE, 4),
        (extensible(7, 8, 8), CODEC_ID_PCM_MULAW, 1),
        (short, CODEC_ID_PCM_S16LE, 2),
    ];
    for (bytes, codec, width) in cases {
        for length in bytes.len()..=MAX_BYTES {
            let longer = [bytes.clone(), vec![0; length - bytes.len()]].concat();
            let Ok(Format::Blocks(blocks)) = parse_format(&longer, Order::Little) else {
                panic!("{bytes:x?} is not read")
            };
            assert_eq!((blocks.codec, blocks.bytes), (codec, width), "{longer:x?}");
        }
    }
}

#[test]
fn adpcm_is_blocks_and_the_rest_is_named() {
    let mut ima = pcm(4, 256);
    ima[0] = 0x11;
    let Ok(Format::Blocks(blocks)) = parse_format(&ima, Order::Little) else { panic!("not read") };
    assert_eq!((blocks.codec, blocks.bytes, blocks.frames), (CODEC_ID_ADPCM_IMA_WAV, 256, 505));
    for (tag, name) in [(0x31, "GSM 6.10"), (0x45, "G.726 ADPCM"), (0x1234, "format 0x1234")] {
        let mut other = pcm(16, 2);
        other[..2].copy_from_slice(&u16::to_le_bytes(tag));
        assert_eq!(parse_format(&other, Order::Little), Err(Refusal::Foreign(name.to_owned())));
    }
    let mut mp3 = pcm(0, 1);
    mp3[0] = 0x55;
    let file = file(None, &[chunk(b"fmt ", 16, &mp3), chunk(b"data", 20, &SAMPLES)]);
    assert_eq!(read(&file).unwrap(), Wav::Mpeg(44..64));
}

#[test]
fn relatives_of_riff_are_read() {
    let rifx = [
        &b"RIFX\0\0\0\x38WAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x3E\x80\0\0\x7D\0\0\x02\0\x10data\0\0\0\x14"[..],
        &SAMPLES,
    ];
    let rifx = rifx.concat();
    assert_eq!(samples(&rifx), SAMPLES);
    let Wav::Blocks { blocks, .. } = read(&rifx).unwrap() else { panic!("not read") };
    assert_eq!((blocks.codec, blocks.rate), (CODEC_ID_PCM_S16BE, 16_000));

    let lengths = [0_u64, 20, 10].map(u64::to_le_bytes).concat();
    let mut rf64 = file(
        Some(u32::MAX),
        &[
            chunk(b"ds64", 24, &lengths),
            chunk(b"fmt ", 16, &pcm(16, 2)),
            chunk(b"data", u32::MAX, &SAMPLES),
            chunk(b"note", 4, b"abcd"),
        ],
    );
    for name in [b"RF64", b"BW64"] {
        rf64[..4].copy_from_slice(name);
        assert_eq!(samples(&rf64), SAMPLES);
    }

    let wide = |name: &[u8; 4], contents: &[u8]| {
        let length = 24 + contents.len() as u64;
        let mut chunk = [name, &[0; 12][..], &length.to_le_bytes(), contents].concat();
        chunk.resize(chunk.len().next_multiple_of(8), 0);
        chunk
    };
    let chunks = [wide(b"fact", &[0; 5]), wide(b"fmt ", &pcm(16, 2)), wide(b"data", &SAMPLES)];
    let wave64 = [b"riff", &[0; 20][..], b"wave", &[0; 12], &chunks.concat()].concat();
    assert_eq!(samples(&wave64), SAMPLES);
}

#[test]
fn any_bytes_are_a_header_or_a_fault() {
    let whole = file(
        None,
        &[
            chunk(b"LIST", 5, b"INFOx\0"),
            chunk(b"fmt ", 16, &pcm(16, 2)),
            chunk(b"data", 20, &SAMPLES),
        ],
    );
    for length in 12..whole.len() {
        let _ = read(&whole[..length]);
    }
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..5000 {
        let mut mutant = whole.clone();
        for _ in 0..random.usize(1..5) {
            mutant[random.usize(12..whole.len())] = random.u8(..);
        }
        let _ = read(&mutant);
    }
}
