//! The two convolutions that turn a spectrum into positions.

use crate::attention::BLOCK;
use crate::float::gelu;
use crate::kernel::{Kernel, ROWS};
use crate::matrix::Matrix;
use crate::strips::{Strips, put};

/// Each number is made of this many frames.
const TAPS: usize = 3;

/// Frames of the spectrum for each position.
const STRIDE: usize = 2;

/// Frames that a block of positions is made of, one more than its own at the start, and room for
/// whole strips.
const FRAMES: usize = (BLOCK * STRIDE + 1).next_multiple_of(ROWS);

/// Both convolutions.
pub(crate) struct Convolutions<K: Kernel> {
    pub(crate) first: Matrix<K>,
    pub(crate) second: Matrix<K>,
    pub(crate) bands: usize,
    pub(crate) width: usize,
    /// What is added to each position, so that it knows where it is.
    pub(crate) positions: Vec<f32>,
}

/// Where frames are kept between the convolutions.
pub(crate) struct Frames<K: Kernel> {
    spectrum: Strips<K>,
    /// By frame, each as wide as the model.
    wide: Vec<f32>,
    taps: Strips<K>,
}

/// Weights of a convolution, which come with the taps innermost, with the taps outermost: then a
/// row of the product is made of whole frames.
pub(crate) fn taps_outermost(weights: &[f32], inputs: usize) -> Vec<f32> {
    let mut turned = Vec::with_capacity(weights.len());
    for output in weights.chunks_exact(inputs * TAPS) {
        for tap in 0..TAPS {
            turned.extend(output.iter().skip(tap).step_by(TAPS));
        }
    }
    turned
}

impl<K: Kernel> Frames<K> {
    pub(crate) fn new(bands: usize, width: usize) -> Self {
        Self {
            spectrum: Strips::new(FRAMES / ROWS, bands * TAPS),
            wide: vec![0.0; FRAMES * width],
            taps: Strips::new(BLOCK / ROWS, width * TAPS),
        }
    }
}

impl<K: Kernel> Convolutions<K> {
    /// Writes the positions of one block, from the spectrum of all frames, band by band.
    #[inline(always)]
    pub(crate) fn apply(
        &self,
        kernel: K,
        spectrum: &[f32],
        block: usize,
        frames: &mut Frames<K>,
        positions: &mut [f32],
    ) {
        let width = self.width;
        let all = spectrum.len() / self.bands;
        let rows = positions.len() / width;
        // The first frame that the second convolution wants is the one before the block's own.
        let first = (block * BLOCK * STRIDE).wrapping_sub(1);
        let wanted = rows * STRIDE + 1;
        self.put_spectrum(spectrum, first, wanted, frames);
        let Frames { spectrum, wide, taps } = frames;
        self.first.multiply(
            kernel,
            spectrum,
            wanted.div_ceil(ROWS),
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter_mut().enumerate() {
                    let frame = strip * ROWS + row;
                    // Beyond the spectrum there is nothing, not even the bias.
                    let is_inside = first.wrapping_add(frame) < all;
                    for number in numbers.iter_mut() {
                        *number = if is_inside { gelu(*number) } else { 0.0 };
                    }
                    wide[frame * width + column..][..numbers.len()].copy_from_slice(numbers);
                }
            },
        );
        for row in 0..rows {
            // Taps of a position are frames next to each other, and so are they in memory.
            let frames = &wide[row * STRIDE * width..][..TAPS * width];
            put::<K>(taps.strip_mut(row / ROWS), row % ROWS, frames);
        }
        let places = &self.positions[block * BLOCK * width..][..positions.len()];
        self.second.multiply(
            kernel,
            taps,
            rows / ROWS,
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter().enumerate() {
                    let start = (strip * ROWS + row) * width + column;
                    let places = &places[start..][..numbers.len()];
                    let found = positions[start..][..numbers.len()].iter_mut();
                    for ((found, place), number) in found.zip(places).zip(numbers) {
                        *found = place + gelu(*number);
                    }
                }
            },
        );
    }

    /// Lays out `count` frames from `first` on, each with its neighbours.
    #[inline(always)]
    fn put_spectrum(&self, spectrum: &[f32], first: usize, count: usize, frames: &mut Frames<K>) {
        let all = spectrum.len() / self.bands;
        let mut neighbours = vec![0.0; self.bands * TAPS];
        for frame in 0..count.next_multiple_of(ROWS) {
            for tap in 0..TAPS {
                let at = first.wrapping_add(frame).wrapping_add(tap).wrapping_sub(1);
                let bands = &mut neighbours[tap * self.bands..][..self.bands];
                for (band, number) in bands.iter_mut().enumerate() {
                    *number = if at < all { spectrum[band * all + at] } else { 0.0 };
                }
            }
            put::<K>(frames.spectrum.strip_mut(frame / ROWS), frame % ROWS, &neighbours);
        }
    }
}
