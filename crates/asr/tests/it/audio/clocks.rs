//! Lost, paused and trimmed time does not move the sound after it.

use super::{SAMPLE_RATE, bytes_of, decode, likeness, rms, seconds};

/// Offsets at which something begins.
fn starts(bytes: &[u8], name: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|&at| bytes[at..].starts_with(name)).collect()
}

/// Checks that a damaged recording is as long as the whole one, and ends like it.
fn keeps_its_times(name: &str, damaged: &[u8], tolerance: f64) {
    let (whole, damaged) = (decode(&bytes_of(name)).unwrap(), decode(damaged).unwrap());
    let longer = seconds(&damaged) - seconds(&whole);
    assert!(longer.abs() <= tolerance, "{name} is {longer} s longer");
    let tail = SAMPLE_RATE * 2 / 5;
    let (whole, damaged) = (&whole[whole.len() - tail..], &damaged[damaged.len() - tail..]);
    let (_, likeness) = likeness(whole, damaged);
    assert!(likeness > 0.9, "{name}: {likeness}");
    assert!((0.8..1.2).contains(&(rms(damaged) / rms(whole))), "{name}");
}

#[test]
fn a_lost_page_is_silence() {
    for name in ["speech.ogg", "speech.opus", "speech-51.opus"] {
        let bytes = bytes_of(name);
        let pages = starts(&bytes, b"OggS");
        let (start, end) = (pages[pages.len() / 2], pages[pages.len() / 2 + 2]);
        keeps_its_times(name, &[&bytes[..start], &bytes[end..]].concat(), 0.001);
        let mut flipped = bytes;
        flipped[start + 100] ^= 8;
        keeps_its_times(name, &flipped, 0.001);
    }
}

#[test]
fn overwritten_frames_are_silence() {
    for (name, tolerance) in [("speech.mp3", 0.04), ("speech.aac", 0.07), ("speech.flac", 0.001)] {
        let bytes = bytes_of(name);
        let (start, end) = (bytes.len() * 2 / 5, bytes.len() / 2);
        for value in [0, 0xFF, 0x5A] {
            let mut overwritten = bytes.clone();
            overwritten[start..end].fill(value);
            keeps_its_times(name, &overwritten, tolerance);
        }
    }
}

/// A recording whose edit list says this, in milliseconds and in samples of the track.
fn edited(milliseconds: u32, start: u32) -> Vec<u8> {
    let mut bytes = bytes_of("speech-44100-stereo.m4a");
    let list = starts(&bytes, b"elst")[0];
    bytes[list + 12..list + 16].copy_from_slice(&milliseconds.to_be_bytes());
    bytes[list + 16..list + 20].copy_from_slice(&start.to_be_bytes());
    bytes
}

#[test]
fn what_was_trimmed_away_is_not_heard() {
    // The list that the encoder wrote leaves out what it added at the start.
    let whole = decode(&bytes_of("speech-44100-stereo.m4a")).unwrap();
    let trimmed = decode(&edited(400, 22_050 + 1024)).unwrap();
    assert_eq!(trimmed.len(), SAMPLE_RATE * 2 / 5);
    let expected = &whole[SAMPLE_RATE / 2..];
    let errors = trimmed.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // A resampler needs some samples before the first.
    assert!(errors.skip(SAMPLE_RATE / 10).fold(0.0, f32::max) < 0.01);
    assert_eq!(decode(&edited(400, 10 * 44_100)).unwrap(), [] as [f32; 0]);
}
