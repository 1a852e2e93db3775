//! Files that are no audio are refused by name, and headers are not believed.

use std::path::Path;

use watchme_asr::AudioStream;
use watchme_core::TranscribeError;

use super::wav::{Header, Width};
use super::{bytes_of, chunks, decode, file};

#[test]
fn what_is_no_audio_is_refused_with_what_it_is() {
    let zip_of_a_recording = [b"PK\x03\x04".as_slice(), &bytes_of("speech.mp3")].concat();
    let text_before_audio = "記録\n".repeat(200);
    let cases: [(&[u8], &str); 9] = [
        (b"", "the file is empty"),
        (b"x", "text"),
        (text_before_audio.as_bytes(), "text"),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "text"),
        (&zip_of_a_recording, "a ZIP archive"),
        (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", "a PNG image"),
        (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3", "a PDF document"),
        (&[0; 4_096], "no known kind"),
        (&[0xEA; 4_096], "no known kind"),
    ];
    for (bytes, what) in cases {
        let error = decode(bytes).unwrap_err();
        assert!(matches!(error, TranscribeError::Unsupported { .. }), "{what}: {error}");
        let text = error.to_string();
        assert!(text.contains(what) && text.contains("supported are WAV"), "{text}");
    }
}

#[test]
fn noise_is_no_audio() {
    for seed in 0..20 {
        let mut bytes = vec![0; 50_000];
        fastrand::Rng::with_seed(seed).fill(&mut bytes);
        bytes[0] = 0x80;
        let result = decode(&bytes);
        assert!(
            matches!(
                result,
                Err(TranscribeError::Unsupported { .. } | TranscribeError::Damaged { .. })
            ),
            "seed {seed}: {result:?}"
        );
    }
}

#[test]
fn an_unknown_codec_is_unsupported_and_not_damaged() {
    let mut header = Header::new(Width::S16, 1, 16_000, 400);
    header.format = 0x0161;
    let mut bytes = header.bytes();
    bytes.extend([0; 400]);
    let error = decode(&bytes).unwrap_err();
    assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error}");
}

#[test]
fn a_video_without_sound_is_no_recording() {
    let error = decode(&bytes_of("silent-film.mp4")).unwrap_err();
    assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("no audio"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_no_fault_of_the_audio() {
    let error = AudioStream::open(Path::new("/nonexistent/audio.wav")).err().unwrap();
    assert!(matches!(error, TranscribeError::Engine { .. }), "{error}");
}

#[test]
fn a_rate_that_no_recorder_has_is_unsupported() {
    for rate in [0, 1, 3_999, 384_001, 4_000_000_000, u32::MAX] {
        let mut bytes = Header::new(Width::S16, 1, rate, 40_000).bytes();
        bytes.extend(vec![0; 40_000]);
        let error = decode(&bytes).unwrap_err();
        let expected =
            matches!(error, TranscribeError::Unsupported { .. } | TranscribeError::Damaged { .. });
        assert!(expected, "{rate}: {error}");
    }
}

#[test]
fn no_field_of_a_header_is_believed() {
    let extremes = [0, 1, 7, 255, 4_095, 32_768, 65_535];
    for channels in extremes {
        for bits in [0, 1, 8, 12, 16, 24, 64, 65_535] {
            for format in [1, 2, 3, 6, 7, 17, 0xFFFE] {
                for align in [0, 2, 65_535] {
                    let mut header = Header::new(Width::S16, 1, 16_000, 4_000);
                    (header.channels, header.bits) = (channels, bits);
                    (header.format, header.align) = (format, align);
                    let mut bytes = header.bytes();
                    bytes.extend([0x55; 4_000]);
                    let recording = file(&bytes);
                    let _ = chunks(recording.path());
                }
            }
        }
    }
}

#[test]
fn a_length_that_the_file_cannot_hold_is_not_reported() {
    let mut flac = bytes_of("speech.flac");
    // The number of samples is the low 36 bits before the checksum of the first metadata block.
    flac[21] |= 0x0F;
    flac[22..26].fill(0xFF);
    let recording = file(&flac);
    let stream = AudioStream::open(recording.path()).unwrap();
    assert_eq!(stream.total(), None);
    let heard: usize = chunks(recording.path()).unwrap().iter().map(|c| c.samples.len()).sum();
    assert_eq!(heard, 19_200);
}
