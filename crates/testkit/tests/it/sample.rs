//! The ready-made sound.

use std::time::Duration;

use watchme_testkit::sample::{SAMPLE_RATE, silence, tone, wav};

#[test]
fn a_wav_file_says_its_own_length_and_format() {
    let file = wav(&[0, 1, -1]);
    assert_eq!(file.len(), 50);
    assert_eq!(
        (&file[..4], &file[8..16], &file[36..40]),
        (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..])
    );
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!((word(4), word(24), word(28), word(40)), (42, SAMPLE_RATE, 32_000, 6));
    assert_eq!(file[44..], [0, 0, 1, 0, 255, 255]);
}

#[test]
fn a_tone_is_as_long_as_asked_and_crosses_zero_twice_a_wave() {
    let samples = tone(100.0, Duration::from_millis(500));
    assert_eq!(samples.len(), 8_000);
    let crossings = samples.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
    assert!((98..=100).contains(&crossings), "{crossings}");
    assert!(silence(Duration::from_secs(1)).iter().all(|&sample| sample == 0));
}
