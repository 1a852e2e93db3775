//! The spectrum that a Whisper model hears: the logarithm of the power in bands of the mel scale.

use std::ops::Range;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use crate::model::{WrongLength, expect_length};
use crate::network::FRAMES;

/// Samples of which each frame is made, 25 ms.
const WINDOW: usize = 400;

/// Samples from one frame to the next, 10 ms.
const STEP: usize = 160;

/// Powers in the spectrum of a window.
const POWERS: usize = WINDOW / 2 + 1;

/// The least power that is told from nothing, and how many powers of ten below the loudest all is
/// alike: both of Whisper's authors.
const LEAST: f32 = 1e-10;
const DEPTH: f32 = 8.0;

/// What was listened to last, as a spectrum.
pub struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    /// Rises and falls, so that a sound does not depend on where the window cuts it.
    hann: Vec<f32>,
    /// For each band the powers that it adds up, and their weights.
    filters: Vec<(Range<usize>, Vec<f32>)>,
    /// Band by band.
    numbers: Vec<f32>,
    frames: usize,
    /// The number of a frame in which there is nothing.
    nothing: f32,
}

impl Spectrum {
    /// With the filters of a model, 201 weights for each band.
    pub fn new(filters: &[f32], bands: usize) -> Result<Self, WrongLength> {
        expect_length("filters", bands * POWERS, filters.len())?;
        let filters = filters.chunks_exact(POWERS).map(|weights| {
            let first = weights.iter().position(|&weight| weight > 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|&weight| weight > 0.0).map_or(0, |last| last + 1);
            (first..end, weights[first..end].to_vec())
        });
        #[expect(clippy::cast_precision_loss, reason = "at most 400")]
        let angle = |at: usize| std::f32::consts::TAU * at as f32 / WINDOW as f32;
        Ok(Self {
            fft: RealFftPlanner::new().plan_fft_forward(WINDOW),
            hann: (0..WINDOW).map(|at| 0.5 * (1.0 - angle(at).cos())).collect(),
            filters: filters.collect(),
            numbers: Vec::new(),
            frames: 0,
            nothing: 0.0,
        })
    }

    /// Listens to `samples`, 16,000 in a second. Before them lies their beginning, mirrored, and after
    /// them nothing.
    pub fn listen(&mut self, samples: &[f32]) {
        let frames = (samples.len() + WINDOW / 2).div_ceil(STEP);
        let mut window = vec![0.0; WINDOW];
        let mut spectrum = vec![Complex32::default(); POWERS];
        let mut scratch = self.fft.make_scratch_vec();
        let mut powers = vec![0.0; POWERS];
        self.frames = frames;
        self.numbers.clear();
        self.numbers.resize(self.filters.len() * frames, 0.0);
        for frame in 0..frames {
            let middle = frame * STEP;
            for (at, (number, hann)) in window.iter_mut().zip(&self.hann).enumerate() {
                // The first half of the first window lies before the samples.
                let at = (middle + at).abs_diff(WINDOW / 2);
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
        self.nothing = scaled(LEAST.log10());
    }

    /// How many frames [`Spectrum::window`] writes for each band.
    pub const FRAMES: usize = FRAMES;

    /// Writes the 30 s from `frame` on, band by band: what an encoder wants.
    pub fn window(&self, frame: usize, spectrum: &mut Vec<f32>) {
        spectrum.clear();
        let frame = frame.min(self.frames);
        let count = FRAMES.min(self.frames - frame);
        for band in self.numbers.chunks_exact(self.frames.max(1)) {
            spectrum.extend_from_slice(&band[frame..frame + count]);
            spectrum.resize(spectrum.len() + FRAMES - count, self.nothing);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const BANDS: usize = 4;

    /// Each band adds up fifty powers, the first one half of each.
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

    /// The same, one number after the other, with 64 bits.
    fn plain(samples: &[f32], band: usize, frame: usize) -> f64 {
        let sample = |at: usize| {
            let at = (frame * STEP + at).abs_diff(WINDOW / 2);
            f64::from(samples.get(at).copied().unwrap_or(0.0))
        };
        let power = |of: usize| {
            let (mut real, mut imaginary) = (0.0, 0.0);
            for at in 0..400_u16 {
                let hann = 0.5 * (1.0 - (TAU * f64::from(at) / 400.0).cos());
                let angle = TAU * f64::from(at) * of as f64 / 400.0;
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
        let mut spectrum = Spectrum::new(&filters(), BANDS).unwrap();
        spectrum.listen(&samples);
        let mut found = Vec::new();
        spectrum.window(0, &mut found);
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
    fn a_window_begins_where_it_is_asked_for_and_ends_in_nothing() {
        let mut spectrum = Spectrum::new(&filters(), BANDS).unwrap();
        spectrum.listen(&noise(16_000));
        let (mut all, mut later, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
        spectrum.window(0, &mut all);
        spectrum.window(70, &mut later);
        spectrum.window(9999, &mut beyond);
        let nothing = all[FRAMES - 1];
        for (all, later) in all.chunks(FRAMES).zip(later.chunks(FRAMES)) {
            assert_eq!(all[70..], later[..FRAMES - 70]);
            assert!(later[FRAMES - 70..].iter().all(|it| it.to_bits() == nothing.to_bits()));
        }
        assert!(beyond.iter().all(|it| it.to_bits() == nothing.to_bits()));
        spectrum.listen(&[]);
        spectrum.window(0, &mut all);
        assert!(all.iter().all(|number| (number + 1.5).abs() < 1e-6), "silence is -10 everywhere");
    }

    #[test]
    fn filters_of_another_size_are_refused() {
        let error = Spectrum::new(&filters(), BANDS + 1).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`filters` has 804 numbers in place of 1005"));
    }
}
