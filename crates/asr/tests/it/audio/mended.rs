//! Files whose headers say too little, too much or nothing that is true.

use super::{SAMPLE_RATE, bytes_of, decode, seconds};

fn position(bytes: &[u8], name: &[u8]) -> usize {
    bytes.windows(name.len()).position(|window| window == name).unwrap()
}

#[test]
fn mp4_is_read_without_its_first_box_and_with_open_ends() {
    let bytes = bytes_of("speech-44100-stereo.m4a");
    let whole = decode(&bytes).unwrap();
    let mut renamed = bytes.clone();
    renamed[4..8].copy_from_slice(b"free");
    assert_eq!(decode(&renamed).unwrap(), whole);
    let mut open = bytes.clone();
    let sound = position(&bytes, b"mdat") - 4;
    open[sound..sound + 4].fill(0);
    assert_eq!(decode(&open).unwrap(), whole);
    let mut both = open;
    both[4..8].copy_from_slice(b"wide");
    assert_eq!(decode(&both).unwrap(), whole);
    // An entry that is described twice: the second one is not there.
    let mut twice = bytes.clone();
    twice[position(&bytes, b"stsd") + 11] = 2;
    assert_eq!(decode(&twice).unwrap(), whole);
}

#[test]
fn webm_is_read_as_far_as_it_goes() {
    let bytes = bytes_of("speech.webm");
    let (whole, sound) = (decode(&bytes).unwrap(), position(&bytes, b"\x1F\x43\xB6\x75"));
    let share = |length: usize| (length - sound) as f64 / (bytes.len() - sound) as f64;
    for length in (sound + 1000..bytes.len()).step_by(97) {
        let decoded = decode(&bytes[..length]).unwrap();
        let expected = seconds(&whole) * share(length);
        let error = (seconds(&decoded) - expected).abs();
        assert!(error < 0.15, "{} of {expected} s in {length} bytes", seconds(&decoded));
    }
}

#[test]
fn opus_has_one_clock_whatever_its_container_says() {
    let bytes = bytes_of("speech.webm");
    let whole = decode(&bytes).unwrap();
    let rate = position(&bytes, b"\xB5\x88") + 2;
    for wrong in [8_000.0_f64, 44_100.0, 96_000.0] {
        let mut changed = bytes.clone();
        changed[rate..rate + 8].copy_from_slice(&wrong.to_be_bytes());
        assert_eq!(decode(&changed).unwrap(), whole, "{wrong}");
    }
}

#[test]
fn tags_and_zeros_before_the_sound_are_passed() {
    let tag = b"ID3\x04\0\0\0\0\0\x05hello";
    for name in ["speech.mp3", "speech.aac", "speech.flac", "speech.wav"] {
        let whole = decode(&bytes_of(name)).unwrap();
        for zeros in [0, 1, 777, 300_000] {
            let before = [&tag.repeat(2), &vec![0; zeros][..]].concat();
            let tagged = [before, bytes_of(name)].concat();
            assert_eq!(decode(&tagged).unwrap(), whole, "{name} behind {zeros} zeros");
        }
    }
    let tagged = [bytes_of("speech.mp3"), b"TAG".to_vec(), vec![0; 125]].concat();
    assert_eq!(decode(&tagged).unwrap(), decode(&bytes_of("speech.mp3")).unwrap());
}

#[test]
fn mpeg_audio_in_wav_is_read() {
    let sound = bytes_of("speech.mp3");
    let length = u32::try_from(sound.len()).unwrap();
    let format = b"fmt \x12\0\0\0\x55\0\x01\0\x80\x3E\0\0\xA0\x0F\0\0\x01\0\0\0\0\0";
    let outer = length + 38;
    let parts: [&[u8]; 7] =
        [b"RIFF", &outer.to_le_bytes(), b"WAVE", format, b"data", &length.to_le_bytes(), &sound];
    assert_eq!(decode(&parts.concat()).unwrap(), decode(&sound).unwrap());
}

#[test]
fn codecs_that_are_not_read_are_named() {
    let mut gsm = bytes_of("speech.wav");
    gsm[20] = 0x31;
    let mut amr = bytes_of("speech-44100-stereo.m4a");
    let entry = position(&amr, b"mp4a");
    amr[entry..entry + 4].copy_from_slice(b"samr");
    let mut speex = bytes_of("speech.opus");
    speex[28..36].copy_from_slice(b"Speex   ");
    let mut low_delay = bytes_of("speech-44100-stereo.m4a");
    let config = position(&low_delay, b"\x05\x80\x80\x80") + 5;
    low_delay[config] = 23 << 3 | low_delay[config] & 7;
    for (bytes, name) in [
        (gsm, "GSM 6.10"),
        (amr, "AMR"),
        (speex, "Speex"),
        (low_delay, "AAC-LD"),
        (b"#!AMR\n".to_vec(), "an AMR recording"),
    ] {
        let error = decode(&bytes).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn au_is_read() {
    let samples: Vec<i16> = (0..i16::MAX / 2).map(|n| n * 2).collect();
    let words = [0x2E73_6E64, 24, u32::MAX, 3, SAMPLE_RATE as u32, 1];
    let header = words.iter().flat_map(|word| word.to_be_bytes());
    let file: Vec<u8> = header.chain(samples.iter().flat_map(|it| it.to_be_bytes())).collect();
    let expected: Vec<f32> = samples.iter().map(|&it| f32::from(it) / 32_768.0).collect();
    assert_eq!(decode(&file).unwrap(), expected);
}
