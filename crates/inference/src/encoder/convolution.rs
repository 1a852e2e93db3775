//! The two convolutions that turn a spectrogram into positions.

use crate::float::gelu;
use crate::kernel::{AttentionKernel, BLOCK, ROWS};
use crate::packed_matrix::PackedMatrix;
use crate::strips::Strips;

/// Width of both convolutions, in frames.
const TAPS: usize = 3;

/// Stride of the second: frames of the spectrogram for each position.
const STRIDE: usize = 2;

/// Frames that a block of positions is made of: twice its own, one more at the start, and room for
/// whole strips.
const FRAMES: usize = (BLOCK * STRIDE + 1).next_multiple_of(ROWS);

/// Both convolutions and what is added to them.
pub(super) struct Convolutions<K: AttentionKernel> {
    pub(super) conv1: PackedMatrix<K>,
    pub(super) conv2: PackedMatrix<K>,
    pub(super) mel_bands: usize,
    pub(super) width: usize,
    /// `[1500, width]` row-major.
    pub(super) positional_embedding: Vec<f32>,
}

/// Frames of one block between the convolutions.
pub(super) struct Frames<K: AttentionKernel> {
    /// Taps of the first convolution, packed.
    mel: Strips<K>,
    /// Output of the first, `[FRAMES, width]`.
    wide: Vec<f32>,
    /// Taps of the second, packed.
    taps: Strips<K>,
}

/// Transposes weights `[outputs, inputs, TAPS]` to `[outputs, TAPS, inputs]`: then a row that they
/// multiply is made of whole frames.
pub(super) fn taps_outermost(weights: &[f32], inputs: usize) -> Vec<f32> {
    let mut transposed = Vec::with_capacity(weights.len());
    for output in weights.chunks_exact(inputs * TAPS) {
        for tap in 0..TAPS {
            transposed.extend(output.iter().skip(tap).step_by(TAPS));
        }
    }
    transposed
}

impl<K: AttentionKernel> Frames<K> {
    pub(super) fn new(mel_bands: usize, width: usize) -> Self {
        Self {
            mel: Strips::new(FRAMES / ROWS, mel_bands * TAPS),
            wide: vec![0.0; FRAMES * width],
            taps: Strips::new(BLOCK / ROWS, width * TAPS),
        }
    }
}

impl<K: AttentionKernel> Convolutions<K> {
    /// Computes the positions of one block, `[rows, width]`, from the spectrogram of all frames,
    /// `[mel_bands, frames]`.
    #[inline(always)]
    pub(super) fn forward(
        &self,
        kernel: K,
        mel: &[f32],
        block: usize,
        frames: &mut Frames<K>,
        positions: &mut [f32],
    ) {
        let width = self.width;
        let all = mel.len() / self.mel_bands;
        let rows = positions.len() / width;
        // The first frame that the second convolution takes is the one before the block's own.
        let first = (block * BLOCK * STRIDE).wrapping_sub(1);
        let wanted = rows * STRIDE + 1;
        self.put_frames(mel, first, wanted, frames);
        let Frames { mel, wide, taps } = frames;
        self.conv1.multiply(
            kernel,
            mel,
            wanted.div_ceil(ROWS),
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter_mut().enumerate() {
                    let frame = strip * ROWS + row;
                    // Padding is zero, even without the bias.
                    let is_inside = first.wrapping_add(frame) < all;
                    for number in numbers.iter_mut() {
                        *number = if is_inside { gelu(*number) } else { 0.0 };
                    }
                    wide[frame * width + column..][..numbers.len()].copy_from_slice(numbers);
                }
            },
        );
        for row in 0..rows {
            // Taps of a position are neighbouring frames, in memory too.
            let frames = &wide[row * STRIDE * width..][..TAPS * width];
            taps.put(row, frames);
        }
        let embedding = &self.positional_embedding[block * BLOCK * width..][..positions.len()];
        self.conv2.multiply(
            kernel,
            taps,
            rows / ROWS,
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter().enumerate() {
                    let start = (strip * ROWS + row) * width + column;
                    let embedding = &embedding[start..][..numbers.len()];
                    let sums = positions[start..][..numbers.len()].iter_mut();
                    for ((sum, embedding), number) in sums.zip(embedding).zip(numbers) {
                        *sum = embedding + gelu(*number);
                    }
                }
            },
        );
    }

    /// Packs `count` frames from `first` on, each with its neighbours.
    #[inline(always)]
    fn put_frames(&self, mel: &[f32], first: usize, count: usize, frames: &mut Frames<K>) {
        let all = mel.len() / self.mel_bands;
        let mut neighbours = vec![0.0; self.mel_bands * TAPS];
        for frame in 0..count.next_multiple_of(ROWS) {
            for tap in 0..TAPS {
                let at = first.wrapping_add(frame).wrapping_add(tap).wrapping_sub(1);
                let bands = &mut neighbours[tap * self.mel_bands..][..self.mel_bands];
                for (band, number) in bands.iter_mut().enumerate() {
                    *number = if at < all { mel[band * all + at] } else { 0.0 };
                }
            }
            frames.mel.put(frame, &neighbours);
        }
    }
}
