//! Recordings of every supported kind become mono samples at 16 kHz, in chunks.

mod clocks;
mod formats;
mod hostile;
mod mended;
mod recorders;
mod refused;
mod streams;
mod wav;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchme_asr::{AudioStream, Chunk};
use watchme_core::TranscribeError;

const SAMPLE_RATE: usize = 16_000;
/// Samples of all chunks but the last: 31 VAD frames of 32 ms.
const CHUNK: usize = 31 * 512;

/// The fixtures that hold the same 1.2 s of speech, with the seconds that an encoder may add at
/// either end.
const SPEECH: [(&str, f64); 15] = [
    ("speech.wav", 0.0),
    ("speech.flac", 0.0),
    ("speech.mp3", 0.11),
    ("speech.m4a", 0.15),
    ("speech.aac", 0.15),
    ("speech.ogg", 0.001),
    ("speech.opus", 0.001),
    ("speech.webm", 0.03),
    ("speech-44100-stereo.m4a", 0.08),
    ("speech-48000-stereo.mp3", 0.06),
    ("speech-ima.wav", 0.08),
    ("speech.aiff", 0.0),
    ("speech.caf", 0.0),
    ("speech-51.m4a", 0.0),
    ("speech-51.opus", 0.001),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// A recording on disk for as long as the value lives.
fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// All chunks, checked against the promises of each.
fn chunks(path: &Path) -> Result<Vec<Chunk>, TranscribeError> {
    let mut stream = AudioStream::open(path)?;
    let mut chunks: Vec<Chunk> = Vec::new();
    let result = loop {
        match stream.next_chunk() {
            Ok(Some(chunk)) => chunks.push(chunk),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(matches!(stream.next_chunk(), Ok(None)), "nothing comes after the end");
    let mut end = Duration::ZERO;
    for chunk in &chunks {
        assert_eq!(chunk.start, end);
        assert!((1..=CHUNK).contains(&chunk.samples.len()));
        assert!(chunk.samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
        end = chunk.end();
    }
    let all_but_last = chunks.split_last().map_or(&[][..], |(_, chunks)| chunks);
    assert!(all_but_last.iter().all(|chunk| chunk.samples.len() == CHUNK));
    result.map(|()| chunks)
}

fn decode(bytes: &[u8]) -> Result<Vec<f32>, TranscribeError> {
    let file = file(bytes);
    let chunks = chunks(file.path())?;
    Ok(chunks.into_iter().flat_map(|chunk| chunk.samples).collect())
}

fn seconds(samples: &[f32]) -> f64 {
    samples.len() as f64 / SAMPLE_RATE as f64
}

fn rms(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// Correlation of two recordings at the best shift of `b` by up to 0.2 s, after that shift; 1 for equal
/// shape.
fn likeness(a: &[f32], b: &[f32]) -> (usize, f64) {
    let length = a.len().min(b.len()) - SAMPLE_RATE / 5;
    let a = &a[..length];
    (0..SAMPLE_RATE / 5)
        .map(|shift| {
            let b = &b[shift..shift + length];
            let dot: f64 = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            (shift, dot / (rms(a) * rms(b) * length as f64))
        })
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .unwrap()
}
