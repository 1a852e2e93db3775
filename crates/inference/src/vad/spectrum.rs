//! The spectrum of a frame: magnitudes of a short-time Fourier transform.

use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::weights::BINS;
use super::{CONTEXT, VAD_FRAME};

/// Samples of a window, and from one window to the next: Silero's.
const WINDOW: usize = 256;
const HOP: usize = 128;

/// Windows of a frame.
pub(super) const TIMES: usize = 4;

/// Samples of a frame with its context before it, and the reflection of its end after it.
const SEEN: usize = CONTEXT + VAD_FRAME;
const MIRRORED: usize = 64;

/// Transform with its buffers.
pub(super) struct Spectrum {
    transform: Arc<dyn RealToComplex<f32>>,
    window: [f32; WINDOW],
    samples: Vec<f32>,
    padded: [f32; SEEN + MIRRORED],
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(WINDOW);
        #[expect(clippy::cast_precision_loss, reason = "below 256")]
        let hann = |at: usize| 0.5 - 0.5 * (2.0 * PI * at as f32 / WINDOW as f32).cos();
        Self {
            window: std::array::from_fn(hann),
            samples: transform.make_input_vec(),
            padded: [0.0; SEEN + MIRRORED],
            bins: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        }
    }

    /// Computes the magnitudes `[TIMES, BINS]` of a frame with its context, and gives each time's to
    /// `take`.
    pub(super) fn compute(&mut self, frame: &[f32], mut take: impl FnMut(usize, &[f32; BINS])) {
        self.padded[..SEEN].copy_from_slice(frame);
        // The last sample itself is not repeated.
        let mirrored = frame.iter().rev().skip(1).take(MIRRORED);
        self.padded[SEEN..].iter_mut().zip(mirrored).for_each(|(to, &from)| *to = from);
        for time in 0..TIMES {
            let samples = &self.padded[time * HOP..][..WINDOW];
            let windowed = samples.iter().zip(&self.window).map(|(sample, weight)| sample * weight);
            self.samples.iter_mut().zip(windowed).for_each(|(to, from)| *to = from);
            // Fails only for buffers of other lengths than it made itself.
            let _ = self.transform.process_with_scratch(
                &mut self.samples,
                &mut self.bins,
                &mut self.scratch,
            );
            let mut magnitudes = [0.0; BINS];
            for (magnitude, bin) in magnitudes.iter_mut().zip(&self.bins) {
                *magnitude = (bin.re * bin.re + bin.im * bin.im).sqrt();
            }
            take(time, &magnitudes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stands_in_its_bin_at_every_time() {
        // 16 periods in a window; the Hann window halves it, and half of that is in the other half.
        let tone = |at: usize| (2.0 * PI * 16.0 * at as f32 / WINDOW as f32).cos();
        let frame: Vec<f32> = (0..SEEN).map(tone).collect();
        let mut times = 0;
        Spectrum::new().compute(&frame, |time, magnitudes| {
            assert_eq!(time, times);
            times += 1;
            // The last window ends in what is mirrored.
            let allowed = if time + 1 < TIMES { 0.5 } else { 4.0 };
            assert!((magnitudes[16] - 64.0).abs() < allowed, "{}", magnitudes[16]);
            assert!(magnitudes[32] < allowed);
        });
        assert_eq!(times, TIMES);
    }
}
