//! Every supported format, width, rate and channel count.

use watchme_asr::AudioStream;

use super::wav::{Width, tone, wav};
use super::{SAMPLE_RATE, SPEECH, bytes_of, chunks, decode, fixture, likeness, rms, seconds};

#[test]
fn every_format_gives_the_speech_that_was_encoded() {
    let original = decode(&bytes_of("speech.wav")).unwrap();
    assert_eq!(original.len(), 19_200);
    for (name, added) in SPEECH {
        let decoded = decode(&bytes_of(name)).unwrap();
        let longer = seconds(&decoded) - seconds(&original);
        assert!((-0.001..=added + 0.001).contains(&longer), "{name} is {longer} s longer");
        let (shift, likeness) = likeness(&original, &decoded);
        assert!(likeness > 0.95, "{name}: {likeness} at {shift}");
        let loudness = rms(&decoded[shift..]) / rms(&original);
        assert!((0.8..1.2).contains(&loudness), "{name}: {loudness} times as loud");
    }
}

#[test]
fn lossless_audio_is_the_same_to_the_bit() {
    let original = decode(&bytes_of("speech.wav")).unwrap();
    assert_eq!(decode(&bytes_of("speech.flac")).unwrap(), original);
}

#[test]
fn he_aac_is_its_core() {
    let decoded = decode(&bytes_of("he-aac.m4a")).unwrap();
    assert!((seconds(&decoded) - 1.3).abs() < 0.02, "{}", seconds(&decoded));
    assert!((0.05..0.2).contains(&rms(&decoded)), "{}", rms(&decoded));
}

#[test]
fn the_content_tells_the_format_and_not_the_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in SPEECH {
        for lie in ["audio.wav", "audio.mp3", "audio.txt", "audio"] {
            let path = folder.path().join(lie);
            std::fs::copy(fixture(name), &path).unwrap();
            assert_eq!(chunks(&path).unwrap(), chunks(&fixture(name)).unwrap(), "{name} as {lie}");
        }
    }
}

#[test]
fn the_length_is_known_before_where_the_container_tells_it() {
    for (name, added) in SPEECH {
        let total = AudioStream::open(&fixture(name)).unwrap().total();
        let Some(total) = total else {
            // A stream of bare frames has no header for the whole.
            assert!(["speech.aac", "speech.mp3"].contains(&name), "{name} has no length");
            continue;
        };
        let total = total.as_secs_f64();
        assert!((1.199..=1.201 + added.max(0.1)).contains(&total), "{name}: {total}");
    }
}

#[test]
fn every_width_gives_the_same_samples() {
    let samples = tone(440.0, 16_000, 16_000);
    for width in Width::ALL {
        let decoded = decode(&wav(width, 1, 16_000, &samples)).unwrap();
        assert_eq!(decoded.len(), samples.len());
        let step = if width == Width::U8 { 1.0 / 64.0 } else { 1.0 / 32_768.0 };
        for (decoded, sample) in decoded.iter().zip(&samples) {
            assert!((decoded - sample).abs() <= step, "{width:?}: {decoded} for {sample}");
        }
    }
}

#[test]
fn mono_at_sixteen_kilohertz_passes_untouched() {
    let samples: Vec<f32> = (-32_768..32_768).map(|n| n as f32 / 32_768.0).collect();
    assert_eq!(decode(&wav(Width::S16, 1, 16_000, &samples)).unwrap(), samples);
}

#[test]
fn channels_are_mixed_to_be_as_loud_as_the_loudest() {
    for (channels, frame, expected) in [
        (1, vec![0.5], 0.5),
        (2, vec![0.5, 0.25], 0.5),
        (2, vec![0.5, 0.0], 0.5),
        (2, vec![0.0, 0.5], 0.5),
        (2, vec![0.5, -0.5], 0.5),
        (2, vec![0.25, -0.5], 0.5),
        // Of 5.1 the fourth is the lowest, where nobody speaks.
        (6, vec![0.0, 0.0, 0.5, 0.9, 0.0, 0.0], 0.5),
        (18, vec![0.125; 18], 0.125),
    ] {
        let decoded = decode(&wav(Width::S16, channels, 16_000, &frame.repeat(2_000))).unwrap();
        assert_eq!(decoded.len(), 2_000);
        // Which of two opposite channels is turned over says nothing.
        let expected = expected * decoded[0].signum();
        assert!(decoded.iter().all(|it| (it - expected).abs() < 1e-3), "{frame:?}");
    }
}

#[test]
fn every_rate_keeps_length_pitch_and_time() {
    let rates = [
        4_000, 8_000, 11_025, 12_000, 12_345, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999,
        48_000, 88_200, 96_000, 192_000,
    ];
    for rate in rates {
        for length in [rate as usize, rate as usize * 3 / 2 + 7, 1] {
            let decoded = decode(&wav(Width::F32, 1, rate, &tone(440.0, rate, length))).unwrap();
            let expected = length as f64 * 16_000.0 / f64::from(rate);
            assert!((decoded.len() as f64 - expected).abs() <= 0.5, "{length} samples at {rate}");
            // The tone starts and stops at once, which no band-limited signal does. Rates that
            // share no divisor with 16 kHz come out up to a sample early: 0.09 of this tone.
            let edge = SAMPLE_RATE / 4;
            let tolerance = if rate % 25 == 0 { 0.002 } else { 0.09 };
            let pure = tone(440.0, 16_000, decoded.len());
            for n in edge..decoded.len().saturating_sub(edge) {
                let error = (decoded[n] - pure[n]).abs();
                assert!(error < tolerance, "{error} at sample {n} of {length} at {rate}");
            }
        }
    }
}

#[test]
fn what_sixteen_kilohertz_cannot_hold_is_filtered_out() {
    for hertz in [8_400.0, 10_000.0, 15_000.0, 20_000.0] {
        let decoded = decode(&wav(Width::F32, 1, 48_000, &tone(hertz, 48_000, 48_000))).unwrap();
        let (start, end) = (SAMPLE_RATE / 10, SAMPLE_RATE * 9 / 10);
        assert!(rms(&decoded[start..end]) < 0.001, "{hertz} Hz");
    }
}

#[test]
fn a_quiet_tone_in_the_speech_band_survives() {
    for hertz in [60.0, 1_000.0, 7_000.0] {
        let decoded = decode(&wav(Width::F32, 1, 44_100, &tone(hertz, 44_100, 44_100))).unwrap();
        let loudness = rms(&decoded[SAMPLE_RATE / 10..SAMPLE_RATE * 9 / 10]) / 0.5_f64.sqrt() * 2.0;
        assert!((0.99..1.01).contains(&loudness), "{hertz} Hz at {loudness}");
    }
}

#[test]
fn what_is_no_number_is_silence_and_what_is_too_loud_is_clipped() {
    let samples = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38, -7.0, 0.5];
    let expected = [0.0, 0.0, 0.0, 1.0, -1.0, 0.5];
    assert_eq!(decode(&wav(Width::F32, 1, 16_000, &samples)).unwrap(), expected);
    // Resampled, a single infinity would spread over a whole block.
    let decoded = decode(&wav(Width::F32, 1, 48_000, &vec![f32::INFINITY; 4_800])).unwrap();
    assert_eq!(decoded, vec![0.0; 1_600]);
}
