//! Files that are cut, changed or made to harm end in chunks or in a typed error.

use watchme_core::TranscribeError;

use super::{SAMPLE_RATE, SPEECH, bytes_of, chunks, decode, file};

/// Mutants of each fixture.
const MUTANTS: u64 = 300;

/// Decodes to the end. Only that it ends matters, and how.
fn survives(bytes: &[u8], what: &str) {
    let recording = file(bytes);
    match chunks(recording.path()) {
        Ok(chunks) => {
            let heard: usize = chunks.iter().map(|chunk| chunk.samples.len()).sum();
            assert!(heard <= 560 * SAMPLE_RATE, "{what}: {heard} samples out of 1.2 s");
        }
        Err(TranscribeError::Unsupported { .. } | TranscribeError::Damaged { .. }) => {}
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn a_file_cut_anywhere_ends_in_chunks_or_a_typed_error() {
    for (name, _) in SPEECH {
        let bytes = bytes_of(name);
        let start = 0..200.min(bytes.len());
        let rest = (200..bytes.len()).step_by(bytes.len() / 40);
        for length in start.chain(rest) {
            survives(&bytes[..length], &format!("{name} cut to {length} bytes"));
        }
    }
}

#[test]
fn a_file_with_flipped_bytes_ends_in_chunks_or_a_typed_error() {
    for (name, _) in SPEECH {
        let bytes = bytes_of(name);
        for seed in 0..MUTANTS {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut mutant = bytes.clone();
            // Half of the mutants are changed in their headers, which decide most.
            let range = if seed % 2 == 0 { mutant.len() } else { mutant.len().min(256) };
            for _ in 0..random.usize(1..=8) {
                mutant[random.usize(..range)] = match random.u8(..4) {
                    0 => 0,
                    1 => 0xFF,
                    _ => random.u8(..),
                };
            }
            survives(&mutant, &format!("{name} with seed {seed}"));
        }
    }
}

#[test]
fn a_file_with_spliced_parts_ends_in_chunks_or_a_typed_error() {
    for (name, _) in SPEECH {
        let bytes = bytes_of(name);
        for seed in 0..60 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (from, to) = (random.usize(..bytes.len()), random.usize(..bytes.len()));
            let length = random.usize(..bytes.len() - from.max(to));
            let mut mutant = bytes.clone();
            mutant.copy_within(from..from + length, to);
            mutant.extend_from_within(from..from + length);
            survives(&mutant, &format!("{name} spliced with seed {seed}"));
        }
    }
}

#[test]
fn tags_within_tags_end_in_chunks_or_a_typed_error() {
    let tag = |size: [u8; 4]| [b"ID3\x04\0\0".as_slice(), &size].concat();
    let empty = tag([0; 4]).repeat(20_000);
    survives(&empty, "nothing but tags");
    survives(&[empty, bytes_of("speech.mp3")].concat(), "tags before sound");
    survives(&tag([0x7F; 4]), "a tag of 256 MB that is not there");
    let nested = tag([0, 0, 0x7F, 0x7F]).repeat(4_000);
    survives(&[nested, bytes_of("speech.mp3")].concat(), "tags within tags");
}

#[test]
fn an_index_of_four_billion_samples_ends() {
    let bytes = bytes_of("speech-44100-stereo.m4a");
    for sample_size in [0_u32, 1] {
        let mut mutant = bytes.clone();
        // How long each sample lasts, and how many bytes it has, each with a count.
        let timing = position(&mutant, *b"stts") + 12;
        mutant[timing..timing + 4].fill(0xFF);
        let sizes = position(&mutant, *b"stsz") + 8;
        mutant[sizes..sizes + 4].copy_from_slice(&sample_size.to_be_bytes());
        mutant[sizes + 4..sizes + 8].fill(0xFF);
        let layout = position(&mutant, *b"stsc") + 16;
        mutant[layout..layout + 4].fill(0xFF);
        survives(&mutant, &format!("samples of {sample_size} bytes"));
    }
}

#[test]
fn runs_of_four_billion_samples_hide_none_of_the_sound() {
    let bytes = include_bytes!("../../../../../fuzz/seeds/decoder/fragments.m4a");
    let whole = decode(bytes).unwrap();
    for absurd in 1..=3 {
        let mut mutant = bytes.to_vec();
        for _ in 0..absurd {
            // A box of 20 bytes that says when the fragment is played becomes a run of as many bytes.
            let run = position(&mutant, *b"tfdt");
            mutant[run..run + 8].copy_from_slice(b"trun\0\0\0\0");
            mutant[run + 8..run + 12].fill(0xFF);
        }
        assert!(decode(&mutant).unwrap() == whole, "{absurd} runs change the sound");
    }
}

fn position(bytes: &[u8], name: [u8; 4]) -> usize {
    bytes.windows(4).position(|window| window == name).unwrap()
}
