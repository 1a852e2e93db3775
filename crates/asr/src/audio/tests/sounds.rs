//! Sounds for tests: recorded sentences, and noises that are made.

#![expect(
    clippy::cast_precision_loss,
    reason = "minutes of samples, and single precision is enough"
)]

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchme_core::rules::level;

use super::super::{AudioStream, SAMPLE_RATE};

pub(in crate::audio) const SECOND: usize = SAMPLE_RATE as usize;

/// Makes a number of samples, the same ones for the same seed.
pub(in crate::audio) type Make = fn(usize, u64) -> Vec<f32>;

/// Noises that go on.
pub(in crate::audio) const LASTING: [(&str, Make); 11] = [
    ("white", white),
    ("pink", pink),
    ("brown", |count, seed| low(white(count, seed), 0.98)),
    ("white, swelling 4 times a second", |count, seed| swelling(white(count, seed), 4.0, 0.9)),
    ("pink, swelling each second", |count, seed| swelling(pink(count, seed), 1.0, 0.9)),
    ("pink, swelling each 3 s", |count, seed| swelling(pink(count, seed), 0.3, 0.9)),
    ("hum", |count, seed| {
        let hum = tone(count, |turns| {
            let part = |times: f32| (TAU * 50.0 * times * turns).sin();
            part(1.0) + 0.5 * part(2.0) + 0.3 * part(3.0)
        });
        hum.into_iter().zip(white(count, seed)).map(|(hum, hiss)| hum + 0.05 * hiss).collect()
    }),
    ("sine", |count, _| tone(count, |seconds| (TAU * 440.0 * seconds).sin())),
    ("square wave", |count, _| tone(count, |seconds| (TAU * 120.0 * seconds).sin().signum())),
    ("fan", |count, seed| swelling(low(pink(count, seed), 0.8), 23.0, 0.3)),
    ("clicks", clicks),
];

/// Noises that come and go: for 7 s of 14, and for 2 s of 8.
pub(in crate::audio) const PASSING: [(&str, Make); 2] = [
    ("every other 7 s", |count, seed| {
        passing(count, seed, |at| (at / (7 * SECOND)).is_multiple_of(2))
    }),
    ("2 s of 8", |count, seed| passing(count, seed, |at| at % (8 * SECOND) > 2 * SECOND)),
];

/// The sentences of `long-ja.wav` that begin and end at these times, without their pauses.
const SENTENCES: [(f64, f64); 8] = [
    (0.67, 2.12),
    (4.86, 6.55),
    (12.92, 14.22),
    (17.72, 19.36),
    (23.66, 26.1),
    (32.09, 33.65),
    (44.48, 45.71),
    (53.05, 54.62),
];

pub(in crate::audio) fn sentences() -> Vec<Vec<f32>> {
    let samples = samples_at(&recordings().join("long-ja.wav"));
    let index = |seconds: f64| Duration::from_secs_f64(seconds).as_millis() as usize * 16;
    SENTENCES.iter().map(|&(start, end)| samples[index(start)..index(end)].to_vec()).collect()
}

/// The 16 short recordings of the demo, of a sentence or two each.
pub(in crate::audio) fn clips() -> Vec<Vec<f32>> {
    let names = ["ja", "en"].into_iter().flat_map(|it| (1..=8).map(move |n| format!("{it}-0{n}")));
    names.map(|name| samples_at(&recordings().join(format!("{name}.wav")))).collect()
}

pub(in crate::audio) fn at_level(mut samples: Vec<f32>, wanted: f32) -> Vec<f32> {
    let gain = wanted / level(&samples);
    for sample in &mut samples {
        *sample = (*sample * gain).clamp(-1.0, 1.0);
    }
    samples
}

/// Noise of a level, each sample correlated (0 to 1) with the one before.
pub(in crate::audio) fn noise(length: usize, wanted: f32, correlation: f32, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let samples = (0..length).map(|_| random.f32() - 0.5).collect();
    at_level(low(samples, correlation), wanted)
}

pub(in crate::audio) fn mixed(mut samples: Vec<f32>, at: usize, added: &[f32]) -> Vec<f32> {
    for (sample, added) in samples[at..].iter_mut().zip(added) {
        *sample = (*sample + added).clamp(-1.0, 1.0);
    }
    samples
}

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/recordings")
}

fn samples_at(path: &Path) -> Vec<f32> {
    let mut stream = AudioStream::open(path).unwrap();
    let chunks = std::iter::from_fn(|| stream.next_chunk().unwrap());
    chunks.flat_map(|chunk| chunk.samples).collect()
}

/// Sums of six numbers are nearly Gaussian.
fn white(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| (0..6).map(|_| random.f32() - 0.5).sum()).collect()
}

/// About as loud in each octave: Paul Kellet's filter, which is made for 44.1 kHz.
fn pink(count: usize, seed: u64) -> Vec<f32> {
    const POLES: [(f32, f32); 6] = [
        (0.998_86, 0.055_517_9),
        (0.993_32, 0.075_075_9),
        (0.969, 0.153_852),
        (0.866_5, 0.310_485_6),
        (0.55, 0.532_952_2),
        (-0.761_6, -0.016_898),
    ];
    let mut last = [0.0; POLES.len()];
    let filter = |sample: f32| {
        for (last, (pole, share)) in last.iter_mut().zip(POLES) {
            *last = pole * *last + sample * share;
        }
        last.iter().sum::<f32>() + sample * 0.536_2
    };
    white(count, seed).into_iter().map(filter).collect()
}

/// Low-pass filter: each sample keeps this share of the one before.
fn low(samples: Vec<f32>, correlation: f32) -> Vec<f32> {
    let mut last = 0.0;
    let next = |sample: f32| {
        last = last * correlation + sample;
        last
    };
    samples.into_iter().map(next).collect()
}

/// Amplitude modulation: louder and less loud by a share, at a frequency in hertz.
fn swelling(samples: Vec<f32>, hertz: f32, share: f32) -> Vec<f32> {
    let swell = tone(samples.len(), |seconds| 1.0 + share * (TAU * hertz * seconds).sin());
    samples.into_iter().zip(swell).map(|(sample, swell)| sample * swell).collect()
}

/// Samples of a function of time, in seconds.
fn tone(count: usize, at: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..count).map(|index| at(index as f32 / SECOND as f32)).collect()
}

/// Three a second, of 25 ms each, in faint white noise.
fn clicks(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut samples: Vec<f32> = white(count, seed + 9).iter().map(|it| it * 0.05).collect();
    for _ in 0..count / SECOND * 3 {
        let start = random.usize(0..count);
        for (age, sample) in samples[start..].iter_mut().take(400).enumerate() {
            *sample += (random.f32() - 0.5) * 4.0 * (-(age as f32) / 60.0).exp();
        }
    }
    samples
}

/// Loud noise, 40 dB less of it where it is away.
fn passing(count: usize, seed: u64, is_away: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut samples = low(white(count, seed), 0.9);
    for (at, sample) in samples.iter_mut().enumerate() {
        if is_away(at) {
            *sample *= 0.01;
        }
    }
    samples
}
