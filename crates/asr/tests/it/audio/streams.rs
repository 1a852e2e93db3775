//! Recordings that are long, cut off, unfinished or put together from several.

use std::time::Duration;

use watchme_asr::AudioStream;
use watchme_core::TranscribeError;

use super::wav::{Header, Width, tone, wav};
use super::{CHUNK, SAMPLE_RATE, bytes_of, decode, file, seconds};

#[test]
fn an_hour_is_read_in_bounded_chunks() {
    let data = 3600 * SAMPLE_RATE * 2;
    let recording = file(&Header::new(Width::S16, 1, 16_000, data).bytes());
    // The samples are a hole in the file: silence that takes no space.
    recording.as_file().set_len(44 + data as u64).unwrap();
    let mut stream = AudioStream::open(recording.path()).unwrap();
    assert_eq!(stream.total(), Some(Duration::from_hours(1)));
    let (mut end, mut count) = (Duration::ZERO, 0);
    while let Some(chunk) = stream.next_chunk().unwrap() {
        assert_eq!(chunk.start, end);
        assert!(chunk.samples.len() <= CHUNK && chunk.samples.capacity() <= 2 * CHUNK);
        (end, count) = (chunk.end(), count + 1);
    }
    assert_eq!(end, Duration::from_hours(1));
    assert_eq!(count, 3630);
}

#[test]
fn a_recording_without_samples_has_no_chunks() {
    for rate in [8_000, 16_000, 44_100] {
        assert_eq!(decode(&wav(Width::S16, 1, rate, &[])).unwrap(), [] as [f32; 0]);
    }
}

#[test]
fn an_unfinished_header_costs_no_sample() {
    let samples = tone(440.0, 16_000, 20_000);
    let whole = wav(Width::S16, 1, 16_000, &samples);
    let expected = decode(&whole).unwrap();
    for (riff, data) in [(0, 0), (36, 0), (u32::MAX, u32::MAX), (u32::MAX, 0), (0, 40_000)] {
        let mut header = Header::new(Width::S16, 1, 16_000, 40_000);
        (header.riff, header.data) = (riff, data);
        let mut bytes = header.bytes();
        bytes.extend(&whole[44..]);
        let recording = file(&bytes);
        let total = AudioStream::open(recording.path()).unwrap().total();
        assert_eq!(total, Some(Duration::from_millis(1250)), "{riff:#x} {data:#x}");
        assert_eq!(decode(&bytes).unwrap(), expected, "{riff:#x} {data:#x}");
    }
}

#[test]
fn what_follows_an_honest_empty_recording_is_no_sound() {
    let mut header = Header::new(Width::S16, 1, 16_000, 0);
    header.riff += 8 + 4;
    let mut bytes = header.bytes();
    bytes.extend(b"note\x04\0\0\0abcd");
    assert_eq!(decode(&bytes).unwrap(), [] as [f32; 0]);
}

#[test]
fn a_cut_off_recording_is_used_as_far_as_it_goes() {
    let wav = bytes_of("speech.wav");
    for keep in [80, 1_001, 20_001, wav.len() - 1] {
        let decoded = decode(&wav[..keep]).unwrap();
        assert_eq!(decoded.len(), (keep - (wav.len() - 38_400)) / 2, "{keep} bytes");
    }
    for name in ["speech.flac", "speech.mp3", "speech.aac", "speech.ogg", "speech.opus"] {
        let bytes = bytes_of(name);
        let decoded = decode(&bytes[..bytes.len() * 3 / 4]).unwrap();
        assert!((0.6..1.15).contains(&seconds(&decoded)), "{name}: {}", seconds(&decoded));
    }
    // This one has its index in front.
    let bytes = bytes_of("speech-44100-stereo.m4a");
    let decoded = decode(&bytes[..bytes.len() * 3 / 4]).unwrap();
    assert!((0.6..1.15).contains(&seconds(&decoded)), "{}", seconds(&decoded));
}

#[test]
fn a_recording_of_which_nothing_is_left_is_damaged() {
    let wav = bytes_of("speech.wav");
    let m4a = bytes_of("speech.m4a");
    let flac = bytes_of("speech.flac");
    let ogg = bytes_of("speech.ogg");
    for (what, bytes) in [
        ("a WAV header alone", &wav[..wav.len() - 38_400]),
        ("half a WAV header", &wav[..30]),
        ("an MP4 file without its index", &m4a[..m4a.len() / 2]),
        ("a FLAC header alone", &flac[..42]),
        ("an Ogg page", &ogg[..58]),
    ] {
        let result = decode(bytes);
        assert!(matches!(result, Err(TranscribeError::Damaged { .. })), "{what}: {result:?}");
    }
}

#[test]
fn a_damaged_packet_is_left_out() {
    for name in ["speech.mp3", "speech.aac", "speech.flac", "speech.opus", "speech.ogg"] {
        let whole = seconds(&decode(&bytes_of(name)).unwrap());
        let mut bytes = bytes_of(name);
        let middle = bytes.len() / 2;
        bytes[middle..middle + 60].fill(0x5A);
        let decoded = seconds(&decode(&bytes).unwrap());
        assert!(decoded > whole * 0.4, "{name}: {decoded} of {whole} s");
    }
}

#[test]
fn a_recording_that_is_mostly_garbage_is_damaged() {
    let mut bytes = bytes_of("speech.m4a");
    let mut random = fastrand::Rng::with_seed(3);
    // The sound lies between the first 60 bytes and the index at the end.
    for byte in &mut bytes[60..4_800] {
        *byte = random.u8(..);
    }
    let result = decode(&bytes);
    assert!(matches!(result, Err(TranscribeError::Damaged { .. })), "{result:?}");
}

#[test]
fn recordings_put_together_are_heard_one_after_the_other() {
    for (first, second) in [
        ("speech.mp3", "speech-48000-stereo.mp3"),
        ("speech.ogg", "speech.opus"),
        ("speech.opus", "speech.ogg"),
        ("speech.aac", "speech.aac"),
    ] {
        let expected = seconds(&decode(&bytes_of(first)).unwrap())
            + seconds(&decode(&bytes_of(second)).unwrap());
        let bytes = [bytes_of(first), bytes_of(second)].concat();
        let decoded = seconds(&decode(&bytes).unwrap());
        assert!((decoded - expected).abs() < 0.15, "{first}, {second}: {decoded} of {expected} s");
    }
}
