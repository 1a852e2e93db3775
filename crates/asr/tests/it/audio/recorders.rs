//! AIFF, CAF, AU, Matroska and fragmented `QuickTime` files as recorders leave them: lengths that were never
//! written, chunks in any order, a recording that breaks off.

use super::{SAMPLE_RATE, decode};

/// Samples of 16 bits that are all different.
fn samples() -> Vec<i16> {
    (0..i16::MAX / 4).map(|n| n * 4).collect()
}

fn big_endian() -> Vec<u8> {
    samples().into_iter().flat_map(i16::to_be_bytes).collect()
}

/// Samples as they are decoded.
fn expected() -> Vec<f32> {
    samples().into_iter().map(|sample| f32::from(sample) / 32_768.0).collect()
}

fn chunk(name: &str, length: Option<u32>, contents: &[u8]) -> Vec<u8> {
    let length = length.unwrap_or(u32::try_from(contents.len()).unwrap());
    [name.as_bytes(), &length.to_be_bytes(), contents].concat()
}

/// A `COMM` chunk of one channel at 16 kHz.
fn aiff_format(bits: u16) -> Vec<u8> {
    let rate = b"\x40\x0C\xFA\0\0\0\0\0\0\0";
    chunk("COMM", None, &[&[0, 1, 0, 0, 0, 0][..], &bits.to_be_bytes(), rate].concat())
}

fn aiff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk("FORM", None, &[b"AIFF".to_vec(), chunks.concat()].concat())
}

#[test]
fn aiff_is_read_whatever_its_lengths_and_order() {
    let sound = [vec![0; 8], big_endian()].concat();
    let (format, data) = (aiff_format(16), chunk("SSND", None, &sound));
    let shifted = [b"\0\0\0\x04\0\0\0\0____".to_vec(), big_endian()].concat();
    let cases = [
        ("as it should be", aiff(&[format.clone(), data.clone()])),
        ("of 12 bits", aiff(&[aiff_format(12), data.clone()])),
        ("sound before the format", aiff(&[data.clone(), format.clone()])),
        ("padded", aiff(&[chunk("NAME", None, b"abc"), vec![0], format.clone(), data.clone()])),
        ("unpadded", aiff(&[chunk("NAME", None, b"abc"), format.clone(), data])),
        ("sound further on", aiff(&[format.clone(), chunk("SSND", None, &shifted)])),
        ("without a length", aiff(&[format.clone(), chunk("SSND", Some(0), &sound)])),
        ("without sound yet", aiff(&[format.clone(), chunk("SSND", Some(8), &sound)])),
        ("streamed", aiff(&[format.clone(), chunk("SSND", Some(u32::MAX), &sound)])),
        ("cut off", aiff(&[format, chunk("SSND", Some(99_999), &sound)])),
    ];
    for (what, file) in cases {
        assert_eq!(decode(&file).unwrap(), expected(), "{what}");
    }
}

#[test]
fn caf_is_read_whatever_its_length() {
    let format = |kind: &[u8; 4]| {
        let words = [0_u32, 2, 1, 1, 16].map(u32::to_be_bytes).concat();
        [&(SAMPLE_RATE as f64).to_be_bytes()[..], kind, &words].concat()
    };
    let chunk = |name: &str, length: u64, contents: &[u8]| {
        [name.as_bytes(), &length.to_be_bytes(), contents].concat()
    };
    let sound = [vec![0; 4], big_endian()].concat();
    let whole = sound.len() as u64;
    for length in [whole, u64::MAX, 0, 4, whole + 9999] {
        let parts = [
            b"caff\0\x01\0\0".to_vec(),
            chunk("desc", 32, &format(b"lpcm")),
            chunk("free", 3, b"abc"),
            chunk("data", length, &sound),
        ];
        assert_eq!(decode(&parts.concat()).unwrap(), expected(), "{length}");
    }
    let parts = [b"caff\0\x01\0\0".to_vec(), chunk("desc", 32, &format(b"MAC3"))];
    assert!(decode(&parts.concat()).is_err());
}

#[test]
fn au_is_read_without_a_length() {
    for length in [0, u32::MAX, 2 * samples().len() as u32 + 1000] {
        let words = [0x2E73_6E64, 24, length, 3, SAMPLE_RATE as u32, 1].map(u32::to_be_bytes);
        let file = [words.concat(), big_endian()].concat();
        assert_eq!(decode(&file).unwrap(), expected(), "{length}");
    }
}

/// An element of a Matroska file, with a length of two bytes.
fn element(id: &[u8], contents: &[u8]) -> Vec<u8> {
    let length = 0x4000 | u16::try_from(contents.len()).unwrap();
    [id, &length.to_be_bytes(), contents].concat()
}

/// A Matroska file of one block of bytes at 16 kHz.
fn matroska(codec: &[u8], private: &[u8], bits: u8, sound: &[u8]) -> Vec<u8> {
    let rate = element(b"\xB5", &(SAMPLE_RATE as f64).to_be_bytes());
    let audio = [rate, element(b"\x9F", &[1]), element(b"\x62\x64", &[bits])].concat();
    let track = [
        element(b"\xD7", &[1]),
        element(b"\x73\xC5", &[1]),
        element(b"\x83", &[2]),
        element(b"\x86", codec),
        element(b"\x63\xA2", private),
        element(b"\xE1", &audio),
    ];
    let info = [
        element(b"\x2A\xD7\xB1", &[0x0F, 0x42, 0x40]),
        element(b"\x4D\x80", b"recorder"),
        element(b"\x57\x41", b"recorder"),
    ];
    let block = [b"\x81\0\0\x80", sound].concat();
    let cluster = [element(b"\xE7", &[0]), element(b"\xA3", &block)].concat();
    let segment = [
        element(b"\x15\x49\xA9\x66", &info.concat()),
        element(b"\x16\x54\xAE\x6B", &element(b"\xAE", &track.concat())),
        element(b"\x1F\x43\xB6\x75", &cluster),
    ];
    let head = element(b"\x1A\x45\xDF\xA3", &element(b"\x42\x82", b"matroska"));
    [head, element(b"\x18\x53\x80\x67", &segment.concat())].concat()
}

#[test]
fn matroska_has_plain_samples_of_a_wav_file_too() {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(3200).collect();
    let plain = decode(&matroska(b"A_PCM/INT/LIT", &[], 8, &bytes)).unwrap();
    assert_eq!((plain.len(), plain[0], plain[128]), (3200, -1.0, 0.0));
    let format = |tag: u8, bits: u8| {
        let rate = (SAMPLE_RATE as u32).to_le_bytes();
        [&[tag, 0, 1, 0][..], &rate, &rate, &[1, 0, bits, 0, 0, 0]].concat()
    };
    assert_eq!(decode(&matroska(b"A_MS/ACM", &format(1, 8), 8, &bytes)).unwrap(), plain);
    let mulaw = decode(&matroska(b"A_MS/ACM", &format(7, 8), 8, &[0xFF; 1600])).unwrap();
    assert_eq!(mulaw, [0.0; 1600]);
    // What has no blocks is not taken for samples.
    let error = decode(&matroska(b"A_MS/ACM", &format(0x31, 0), 8, &bytes)).unwrap_err();
    assert!(error.to_string().contains("no audio in a known codec"), "{error}");
}

/// A box of an MP4 file, which has its length before its name.
fn named(name: &str, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + contents.len()).unwrap();
    [&length.to_be_bytes(), name.as_bytes(), contents].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A fragmented file of big-endian PCM. `run` makes the boxes of each fragment from the number of its
/// samples, and from where its sound and itself begin in the file.
fn fragmented(sample_bytes: u32, run: impl Fn(u32, u32, u32) -> [Vec<u8>; 2]) -> Vec<u8> {
    let entry = words(&[0, 1, 0, 0, 1 << 16 | 16, 0, (SAMPLE_RATE as u32) << 16]);
    let table = [
        named("stsd", &[words(&[0, 1]), named("twos", &entry)].concat()),
        named("stsc", &words(&[0, 0])),
        named("stsz", &words(&[0, 0, 0])),
        named("stco", &words(&[0, 0])),
    ];
    let media = [
        named("mdhd", &words(&[0, 0, 0, SAMPLE_RATE as u32, 0, 0])),
        named("hdlr", &[words(&[0, 0]), b"soun".to_vec(), vec![0; 12]].concat()),
        named("minf", &named("stbl", &table.concat())),
    ];
    let track = [named("tkhd", &words(&[0, 0, 0, 1])), named("mdia", &media.concat())];
    let movie = [
        named("mvhd", &words(&[0, 0, 0, 1000, 0])),
        named("trak", &track.concat()),
        named("mvex", &named("trex", &words(&[0, 1, 1, 1, sample_bytes, 0]))),
    ];
    let mut file = [named("ftyp", b"qt  \0\0\0\0"), named("moov", &movie.concat())].concat();
    for sound in big_endian().chunks(1000) {
        let at = u32::try_from(file.len()).unwrap();
        let fragment = |start| {
            let runs = run(sound.len() as u32 / 2, start, at);
            named("moof", &named("traf", &runs.concat()))
        };
        let start = at + fragment(0).len() as u32 + 8;
        file.extend(fragment(start));
        file.extend(named("mdat", sound));
    }
    file
}

#[test]
fn fragments_of_plain_samples_are_found_however_they_are_described() {
    let header = |flags: u32, more: &[u32]| named("tfhd", &words(&[&[flags, 1], more].concat()));
    let cases: [(&str, Vec<u8>); 4] = [
        // Offsets from the start of the file, the size of a sample in the fragment.
        (
            "from the file",
            fragmented(9, |count, start, _| {
                let run = named("trun", &words(&[1, count, start]));
                [header(0x11, &[0, 0, 2]), run]
            }),
        ),
        // Offsets from the start of the fragment, the size of a sample in the track.
        (
            "from the fragment",
            fragmented(2, |count, start, at| {
                [header(0x2_0000, &[]), named("trun", &words(&[1, count, start.wrapping_sub(at)]))]
            }),
        ),
        // As older files have it, and a size for each sample.
        (
            "from the first track",
            fragmented(9, |count, start, at| {
                let run = named("trun", &words(&[0x301, 1, start.wrapping_sub(at), 1, 2 * count]));
                [header(0, &[]), run]
            }),
        ),
        // Two runs, of which the second follows the first.
        (
            "in two runs",
            fragmented(2, |count, start, at| {
                let runs = [
                    named("trun", &words(&[5, count - 100, start.wrapping_sub(at), 0])),
                    named("trun", &words(&[0, 100])),
                ];
                [header(0x2_0000, &[]), runs.concat()]
            }),
        ),
    ];
    for (what, file) in cases {
        assert_eq!(decode(&file).unwrap(), expected(), "{what}");
        let cut = decode(&file[..file.len() / 2]).unwrap();
        assert_eq!(cut, expected()[..cut.len()], "{what}");
        assert!(cut.len() > expected().len() / 3, "{what}: {}", cut.len());
    }
}
