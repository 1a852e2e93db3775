//! Kernels: everything whose code differs from processor to processor.
//!
//! Products of many rows are computed as in [BLIS]: both sides are packed first, so that the innermost
//! loop reads memory in one direction and keeps its sums in registers.
//!
//! ```text
//!                                 panel: COLUMNS columns
//!                                ┌──────────────────────┐
//!                                │        cell 0        │
//!                                │        cell 1        │
//!                                │         ...          │
//!                                └──────────────────────┘
//!               ┌──────┬──────┬───┐ ┌──────────────────────┐
//!  strip:       │      │      │   │ │                      │
//!  ROWS rows    │cell 0│cell 1│...│ │         tile         │
//!               │      │      │   │ │                      │
//!               └──────┴──────┴───┘ └──────────────────────┘
//! ```
//!
//! A *cell* is the unit of both: [`Cell::DEPTH`] neighbouring numbers of each row of a strip, or of
//! each column of a panel, in the direction that is summed over. A tile is the sum of the products of
//! cells with the same index.
//!
//! A kernel is a value that only detection makes, so that its existence proves that the processor has
//! the instructions, and calling it is safe. To add one: its file beside `portable.rs`, and its lines
//! in `detect.rs`.
//!
//! [BLIS]: https://github.com/flame/blis

#[cfg(target_arch = "aarch64")]
mod arm;
mod detect;
mod portable;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use self::detect::Instructions;
pub(crate) use self::detect::{Kernels, WithKernels};

use crate::float::{exp, gelu};
use crate::quantise::GROUP;
use crate::shape::HEAD;

/// Rows of a strip. With [`COLUMNS`] a tile fills 24 of the 32 registers of AVX-512.
///
/// Constants, not the kernel's to choose, because whole register tiles of narrower instructions divide
/// this one too: AVX2 computes it in parts of 6 x 16, NEON in 12 x 8 (32-bit sums) or 12 x 16 (16-bit
/// ones), 24 of its 32 registers either way.
pub(crate) const ROWS: usize = 12;

/// Columns of a panel, two registers of AVX-512. They divide the width of every Whisper model.
pub(crate) const COLUMNS: usize = 32;

/// Rows that are worked on together: a multiple of [`ROWS`] and of [`COLUMNS`], small enough that all
/// their activations inside a layer stay in a second-level cache of 1 MiB.
pub(crate) const BLOCK: usize = 96;

/// Product of a strip and a panel, `[ROWS, COLUMNS]` row-major.
pub(crate) type Tile = [[f32; COLUMNS]; ROWS];

/// Unit of a strip or a panel: neighbouring numbers of each of its rows or columns, the *lanes*.
pub(crate) trait Cell: Copy + Send + Sync + 'static {
    /// Numbers of each lane.
    const DEPTH: usize;

    /// Cell full of zeros.
    const ZERO: Self;

    /// Stores the first `DEPTH` of `numbers` as those of a lane.
    fn put(&mut self, lane: usize, numbers: &[f32]);
}

/// Plain 32-bit floats.
impl<const LANES: usize> Cell for [f32; LANES] {
    const DEPTH: usize = 1;
    const ZERO: Self = [0.0; LANES];

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        self[lane] = numbers[0];
    }
}

/// Stores neighbouring numbers of one lane in the first of `cells`.
#[inline(always)]
pub(crate) fn put<C: Cell>(cells: &mut [C], lane: usize, numbers: &[f32]) {
    for (cell, numbers) in cells.iter_mut().zip(numbers.chunks_exact(C::DEPTH)) {
        cell.put(lane, numbers);
    }
}

/// Kernel of matrix products of many rows (GEMM).
pub(crate) trait MatMul: Copy + Send + Sync + 'static {
    /// Cell of a strip, of [`ROWS`] lanes.
    type Left: Cell;

    /// Cell of a panel, of [`COLUMNS`] lanes and the same depth.
    type Right: Cell;

    /// Depth of both cells.
    const DEPTH: usize = <Self::Left as Cell>::DEPTH;

    /// Stores the rows of a tile in the first cells of a strip.
    #[inline(always)]
    fn put_tile(self, strip: &mut [Self::Left], tile: &Tile) {
        for (row, numbers) in tile.iter().enumerate() {
            put(strip, row, numbers);
        }
    }

    /// Applies the Gaussian error linear unit, as exactly as [`MatMul::put_tile`] can store it.
    #[inline(always)]
    fn gelu(self, tile: &mut Tile) {
        for number in tile.as_flattened_mut() {
            *number = gelu(*number);
        }
    }

    /// Adds the product of a strip and a panel of the same length to a tile.
    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile);
}

/// Kernel of attention. The depth of its cells is 1, 2 or 4.
pub(crate) trait AttentionKernel: MatMul {
    /// Factor that scores carry when [`AttentionKernel::softmax_weights`] gets to see them.
    const SCORE_SCALE: f32 = 1.0;

    /// Computes the exponentials of the scores between a strip of keys and a panel of queries, less
    /// `zero`: the weights of a softmax before they are divided by their sum. A kernel of deeper cells than 1
    /// has its own.
    #[inline(always)]
    fn softmax_weights(
        self,
        keys: &[Self::Left],
        queries: &[Self::Right],
        zero: &[f32; COLUMNS],
        weights: &mut [Self::Right],
    ) {
        const { assert!(Self::DEPTH == 1) }
        let mut scores = [[0.0; COLUMNS]; ROWS];
        self.multiply(keys, queries, &mut scores);
        for (weights, scores) in weights.iter_mut().zip(&scores) {
            for column in 0..COLUMNS {
                weights.put(column, &[exp(scores[column] - zero[column])]);
            }
        }
    }

    /// Does so for strips of keys one after the other, and the weights of all of them.
    ///
    /// A kernel whose weights would not fit their format may take off more than `zero`.
    #[inline(always)]
    fn all_softmax_weights<'a>(
        self,
        keys: impl Iterator<Item = &'a [Self::Left]>,
        queries: &[Self::Right],
        zero: &[f32; COLUMNS],
        weights: &mut [Self::Right],
    ) {
        for (weights, keys) in weights.chunks_exact_mut(ROWS / Self::DEPTH).zip(keys) {
            self.softmax_weights(keys, queries, zero, weights);
        }
    }

    /// Adds the products of strips of values and panels of weights to the first `N` rows of a tile,
    /// and perhaps to the others.
    #[inline(always)]
    fn weighted_values<'a, const N: usize>(
        self,
        parts: impl Iterator<Item = (&'a [Self::Left], &'a [Self::Right])>,
        tile: &mut Tile,
    ) {
        parts.for_each(|(strip, panel)| self.multiply(strip, panel, tile));
    }

    /// Runs `work`, with everything that is inlined in it compiled for the processor.
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T;
}

/// Outputs of a row panel: a register of AVX-512.
pub(crate) const OUTPUTS: usize = 16;

/// Unit of a row panel, of 8-bit weights: [`GROUP`] neighbouring ones of each of its outputs.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct RowCell {
    pub(crate) scales: [f32; OUTPUTS],
    /// `[GROUP / NEIGHBOURS, OUTPUTS, NEIGHBOURS]`, see [`RowKernel::NEIGHBOURS`].
    pub(crate) integers: [i8; OUTPUTS * GROUP],
}

impl RowCell {
    pub(crate) const ZERO: Self = Self { scales: [0.0; OUTPUTS], integers: [0; OUTPUTS * GROUP] };
}

/// Kernel of products of few rows (GEMV), which take as long as their weights take to come from memory:
/// these stay in 16 or 8 bits.
///
/// Lengths of rows are multiples of [`GROUP`]. The products of a row do not depend on the rows beside it.
pub(crate) trait RowKernel: Copy + Send + Sync + 'static {
    /// Most rows that are multiplied at once, up to 5: their sums fit in the registers.
    const ABREAST: usize;

    /// Weights of an output that lie side by side in a [`RowCell`]: those whose products one instruction
    /// adds up.
    const NEIGHBOURS: usize;

    /// Row of integers, to be multiplied by those of a [`RowCell`].
    type Row;

    /// Quantises a row to 16 bits or nearly as many, so that it loses less than a hundredth of what weights of
    /// 8 bits have lost.
    fn quantise_row(self, numbers: &[f32]) -> Self::Row;

    /// Computes the dot products of each of `rows` with each row of `weights`, which are as long and
    /// stored one after the other. Gives the index of each row of weights and its products to `take`.
    fn dot_f32<const N: usize>(
        self,
        weights: &[f32],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    );

    /// Does the same for weights that are 16-bit floats, as bits.
    fn dot_f16<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    );

    /// Does the same for a row panel, whose cells are as many as the groups of a row, and returns the
    /// products of its outputs with each row.
    fn dot_int8<const N: usize>(
        self,
        panel: &[RowCell],
        rows: [&Self::Row; N],
    ) -> [[f32; OUTPUTS]; N];

    /// Computes the sum of `values`, 16-bit floats `[weights, HEAD]`, each times its weight: once with
    /// each of `weights`.
    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N];

    /// Rounds `numbers`, a multiple of 8, to as many 16-bit floats.
    fn to_f16(self, numbers: &[f32], halves: &mut [u16]);
}
