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
        let frames = samples.len().div_ceil(STEP) + 1;
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
