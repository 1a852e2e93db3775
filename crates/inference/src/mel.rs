//! The input of the encoder: the logarithm of the power in bands of the mel scale.
//!
//! Follows [`log_mel_spectrogram`] of the reference.
//!
//! [`log_mel_spectrogram`]: https://github.com/openai/whisper/blob/main/whisper/audio.py

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use crate::audio_context::AudioContext;
use crate::shape::{WrongLength, expect_length};

/// Samples that each frame is made of, 25 ms at 16 kHz.
const N_FFT: usize = 400;

/// Samples from one frame to the next, 10 ms.
const HOP_LENGTH: usize = 160;

/// Powers in the spectrum of a frame.
const POWERS: usize = N_FFT / 2 + 1;

/// Smallest power, and depth below the loudest number, in powers of ten, where all is alike: both of
/// the reference.
const LEAST: f32 = 1e-10;
const DEPTH: f32 = 8.0;

/// Mel spectrogram of a recording, computed once and read a window at a time.
pub struct MelSpectrogram {
    fft: Arc<dyn RealToComplex<f32>>,
    /// Window of each frame, so that a sound does not depend on where the frame cuts it.
    hann: Vec<f32>,
    /// Powers that each band adds up, and their weights.
    filters: Vec<(Range<usize>, Vec<f32>)>,
    /// `[mel_bands, frames]` row-major.
    numbers: Vec<f32>,
    frames: usize,
    /// Number of every band in a frame of silence.
    silence: f32,
}

impl MelSpectrogram {
    /// Makes an empty one from the filters of a model, `[mel_bands, 201]` row-major.
    pub fn new(filters: &[f32], mel_bands: usize) -> Result<Self, WrongLength> {
        expect_length("filters", mel_bands * POWERS, filters.len())?;
        let filters = filters.chunks_exact(POWERS).map(|weights| {
            let first = weights.iter().position(|&weight| weight > 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|&weight| weight > 0.0).map_or(0, |last| last + 1);
            (first..end, weights[first..end].to_vec())
        });
        #[expect(clippy::cast_precision_loss, reason = "at most 400")]
        let angle = |at: usize| std::f32::consts::TAU * at as f32 / N_FFT as f32;
        Ok(Self {
            fft: RealFftPlanner::new().plan_fft_forward(N_FFT),
            hann: (0..N_FFT).map(|at| 0.5 * (1.0 - angle(at).cos())).collect(),
            filters: filters.collect(),
            numbers: Vec::new(),
            frames: 0,
            silence: 0.0,
        })
    }

    /// Computes the spectrogram of `samples`, mono at 16 kHz, in place of the one before. Before the
    /// samples lies their beginning, mirrored, and behind them silence.
    pub fn compute(&mut self, samples: &[f32]) {
        let frames = (samples.len() + N_FFT / 2).div_ceil(HOP_LENGTH);
        let mut window = vec![0.0; N_FFT];
        let mut spectrum = vec![Complex32::default(); POWERS];
        let mut scratch = self.fft.make_scratch_vec();
        let mut powers = vec![0.0; POWERS];
        self.frames = frames;
        self.numbers.clear();
        self.numbers.resize(self.filters.len() * frames, 0.0);
        for frame in 0..frames {
            let middle = frame * HOP_LENGTH;
            for (at, (number, hann)) in window.iter_mut().zip(&self.hann).enumerate() {
                // The first half of the first window lies before the samples.
                let at = (middle + at).abs_diff(N_FFT / 2);
                *number = samples.get(at).map_or(0.0, |sample| sample * hann);
            }
            // It fails only where the lengths are wrong.
            let _ = self.fft.process_with_scratch(&mut window, &mut spectrum, &mut scratch);
            powers.iter_mut().zip(&spectrum).for_each(|(power, it)| *power = it.norm_sqr());
            for (band, (range, weights)) in self.filters.iter().enumerate() {
                let powers = powers[range.clone()].iter().zip(weights);
                let sum: f32 = powers.map(|(power, weight)| power * weight).sum();
                self.numbers[band * frames + frame] = sum.max(LEAST).log10();
            }
        }
        let loudest = self.numbers.iter().copied().fold(LEAST.log10(), f32::max);
        let scaled = |number: f32| (number.max(loudest - DEPTH) + 4.0) / 4.0;
        self.numbers.iter_mut().for_each(|number| *number = scaled(*number));
        self.silence = scaled(LEAST.log10());
    }

    /// Writes the frames of a context from `frame` on to `mel`, `[mel_bands, context.frames()]` row-major:
    /// the input of an encoder. Behind the end of the recording lies silence.
    pub fn frames_from(&self, frame: usize, context: AudioContext, mel: &mut Vec<f32>) {
        mel.clear();
        let frame = frame.min(self.frames);
        let count = context.frames().min(self.frames - frame);
        for band in self.numbers.chunks_exact(self.frames.max(1)) {
            mel.extend_from_slice(&band[frame..frame + count]);
            mel.resize(mel.len() + context.frames() - count, self.silence);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const BANDS: usize = 4;

    const FULL: AudioContext = AudioContext::FULL;
    const FRAMES: usize = 3000;

    /// Filters of bands that add up fifty powers each, the first one half of each power.
    fn filters() -> Vec<f32> {
        let mut filters = vec![0.0; BANDS * POWERS];
        for band in 0..BANDS {
            let weight = if band == 0 { 0.5 } else { 1.0 };
            filters[band * POWERS + band * 50..][..50].fill(weight);
        }
        filters
    }

    fn noise(count: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(3);
        (0..count).map(|_| random.f32() - 0.5).collect()
    }

    /// Computes a number of the spectrogram plainly, with 64 bits.
    fn plain(samples: &[f32], band: usize, frame: usize) -> f64 {
        let sample = |at: usize| {
            let at = (frame * HOP_LENGTH + at).abs_diff(N_FFT / 2);
            f64::from(samples.get(at).copied().unwrap_or(0.0))
        };
        let power = |index: usize| {
            let (mut real, mut imaginary) = (0.0, 0.0);
            for at in 0..400_u16 {
                let hann = 0.5 * (1.0 - (TAU * f64::from(at) / 400.0).cos());
                let angle = TAU * f64::from(at) * index as f64 / 400.0;
                real += sample(usize::from(at)) * hann * angle.cos();
                imaginary -= sample(usize::from(at)) * hann * angle.sin();
            }
            real * real + imaginary * imaginary
        };
        let sum: f64 = (band * 50..band * 50 + 50).map(power).sum();
        (if band == 0 { sum / 2.0 } else { sum }).max(1e-10).log10()
    }

    #[test]
    fn it_is_the_power_in_each_band_of_each_frame() {
        let samples = noise(1500);
        let mut spectrogram = MelSpectrogram::new(&filters(), BANDS).unwrap();
        spectrogram.compute(&samples);
        let mut found = Vec::new();
        spectrogram.frames_from(0, FULL, &mut found);
        assert_eq!(found.len(), BANDS * FRAMES);
        let all: Vec<f64> = (0..BANDS * 12).map(|it| plain(&samples, it / 12, it % 12)).collect();
        let floor = all.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 8.0;
        for (index, expected) in all.iter().enumerate() {
            let (band, frame) = (index / 12, index % 12);
            let expected = (expected.max(floor) + 4.0) / 4.0;
            let found = f64::from(found[band * FRAMES + frame]);
            assert!((found - expected).abs() < 1e-4, "{band} {frame}: {found}, not {expected}");
        }
    }

    #[test]
    fn frames_begin_where_they_are_asked_for_and_end_in_silence() {
        let mut spectrogram = MelSpectrogram::new(&filters(), BANDS).unwrap();
        spectrogram.compute(&noise(16_000));
        let (mut all, mut later, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
        spectrogram.frames_from(0, FULL, &mut all);
        spectrogram.frames_from(70, FULL, &mut later);
        spectrogram.frames_from(9999, FULL, &mut beyond);
        let silence = all[FRAMES - 1];
        for (all, later) in all.chunks(FRAMES).zip(later.chunks(FRAMES)) {
            assert_eq!(all[70..], later[..FRAMES - 70]);
            assert!(later[FRAMES - 70..].iter().all(|it| it.to_bits() == silence.to_bits()));
        }
        assert!(beyond.iter().all(|it| it.to_bits() == silence.to_bits()));
        let (context, mut short) = (AudioContext::holding(120), Vec::new());
        spectrogram.frames_from(20, context, &mut short);
        for (all, short) in all.chunks(FRAMES).zip(short.chunks(context.frames())) {
            assert_eq!(all[20..20 + context.frames()], *short);
        }
        spectrogram.compute(&[]);
        spectrogram.frames_from(0, FULL, &mut all);
        assert!(all.iter().all(|number| (number + 1.5).abs() < 1e-6), "silence is -10 everywhere");
    }

    #[test]
    fn filters_of_another_size_are_refused() {
        let error = MelSpectrogram::new(&filters(), BANDS + 1).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`filters` has 804 numbers in place of 1005"));
    }
}
