//! Single products by the weights of a model, for what is computed elsewhere.

use crate::float::half;
#[cfg(target_arch = "x86_64")]
use crate::kernel::{
    COLUMNS, Kernel, ROWS,
    x86::{Avx512, Bf16},
};
use crate::model::Precision;
#[cfg(target_arch = "x86_64")]
use crate::strips::{Strips, put};

/// Bytes of 32 numbers with their scale.
const BLOCK_BYTES: usize = 34;

/// Numbers with the same scale.
const BLOCK: usize = 32;

/// Rows from which on laying out the weights for one product is little beside the product.
const FEWEST_ROWS: usize = 48;

/// Weights as a model file stores them, output by output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored<'a> {
    /// Floats of 16 bits, none of them infinite.
    Half(&'a [u16]),
    /// ggml's `q8_0`: for each 32 numbers a scale, a float of 16 bits, and as many signed bytes.
    Eight(&'a [u8]),
}

impl Stored<'_> {
    /// How many weights there are.
    fn count(self) -> usize {
        match self {
            Self::Half(numbers) => numbers.len(),
            Self::Eight(bytes) => bytes.len() / BLOCK_BYTES * BLOCK,
        }
    }

    /// Writes the weights of one output.
    #[inline(always)]
    fn read(self, output: usize, numbers: &mut [f32]) {
        let depth = numbers.len();
        match self {
            Self::Half(stored) => {
                let stored = &stored[output * depth..][..depth];
                numbers.iter_mut().zip(stored).for_each(|(number, &stored)| *number = half(stored));
            }
            Self::Eight(bytes) => {
                let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
                let blocks = &blocks[output * depth / BLOCK..];
                for (numbers, [low, high, bytes @ ..]) in
                    numbers.as_chunks_mut::<BLOCK>().0.iter_mut().zip(blocks)
                {
                    let scale = half(u16::from_le_bytes([*low, *high]));
                    for (number, byte) in numbers.iter_mut().zip(bytes) {
                        *number = f32::from(byte.cast_signed()) * scale;
                    }
                }
            }
        }
    }
}

/// Whether [`multiply`] computes a product of so many rows, with as many weights for each output.
///
/// Where it does not, another library is as quick: few rows, or a processor without matrix
/// instructions of 512 bits.
#[must_use]
pub fn multiplies(depth: usize, rows: usize) -> bool {
    rows >= FEWEST_ROWS && depth > 0 && depth.is_multiple_of(BLOCK) && has_kernel()
}

/// Multiplies rows of `depth` numbers by weights: each row of `products` holds the outputs of one.
/// There are no integers: [`Precision::Eight`] is as [`Precision::Sixteen`]. False, with nothing
/// done, where there is no kernel for it or the lengths do not fit.
#[must_use]
pub fn multiply(
    weights: Stored<'_>,
    precision: Precision,
    depth: usize,
    rows: &[f32],
    products: &mut [f32],
) -> bool {
    if depth == 0 || !depth.is_multiple_of(BLOCK) {
        return false;
    }
    let outputs = weights.count() / depth;
    if outputs * depth != weights.count() || rows.len() / depth * outputs != products.len() {
        return false;
    }
    multiply_with_best(weights, precision, depth, rows, products)
}

#[cfg(target_arch = "x86_64")]
fn has_kernel() -> bool {
    Avx512::detect().is_some()
}

#[cfg(target_arch = "x86_64")]
fn multiply_with_best(
    weights: Stored<'_>,
    precision: Precision,
    depth: usize,
    rows: &[f32],
    products: &mut [f32],
) -> bool {
    let halves = Bf16::detect().filter(|_| precision != Precision::ThirtyTwo);
    match (halves, Avx512::detect()) {
        (Some(kernel), _) => multiply_with(kernel, weights, depth, rows, products),
        (None, Some(kernel)) => multiply_with(kernel, weights, depth, rows, products),
        (None, None) => return false,
    }
    true
}

/// A panel of weights at a time, which stays in the nearest cache while all rows go by.
#[cfg(target_arch = "x86_64")]
fn multiply_with<K: Kernel>(
    kernel: K,
    weights: Stored<'_>,
    depth: usize,
    rows: &[f32],
    products: &mut [f32],
) {
    let (count, outputs) = (rows.len() / depth, weights.count() / depth);
    let mut strips = Strips::<K>::new(count.div_ceil(ROWS), depth);
    let mut column = vec![0.0; depth];
    let mut panel = vec![K::Right::default(); depth / K::DEPTH];
    kernel.vectorize(
        #[inline(always)]
        || {
            for (index, row) in rows.chunks_exact(depth).enumerate() {
                put::<K>(strips.strip_mut(index / ROWS), index % ROWS, row);
            }
            for first in (0..outputs).step_by(COLUMNS) {
                let own = COLUMNS.min(outputs - first);
                for output in 0..own {
                    weights.read(first + output, &mut column);
                    let units = panel.iter_mut().zip(column.chunks_exact(K::DEPTH));
                    units.for_each(|(unit, numbers)| K::put_column(unit, output, numbers));
                }
                for (index, rows) in products.chunks_mut(ROWS * outputs).enumerate() {
                    let mut tile = [[0.0; COLUMNS]; ROWS];
                    kernel.multiply(strips.strip(index), &panel, &mut tile);
                    for (row, numbers) in rows.chunks_exact_mut(outputs).zip(&tile) {
                        row[first..first + own].copy_from_slice(&numbers[..own]);
                    }
                }
            }
        },
    );
}

#[cfg(not(target_arch = "x86_64"))]
fn has_kernel() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn multiply_with_best(
    _weights: Stored<'_>,
    _precision: Precision,
    _depth: usize,
    _rows: &[f32],
    _products: &mut [f32],
) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows and outputs that fill neither strips nor panels.
    const SIZES: (usize, usize, usize) = (50, 40, 128);

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| random.f32() - 0.5).collect()
    }

    /// The largest difference to the sums of products one by one.
    fn worst_error(weights: Stored<'_>, precision: Precision) -> Option<f32> {
        let (count, outputs, depth) = SIZES;
        let rows = numbers(count * depth, 1);
        let mut found = vec![f32::NAN; count * outputs];
        if !multiply(weights, precision, depth, &rows, &mut found) {
            assert!(!has_kernel());
            return None;
        }
        let mut worst: f32 = 0.0;
        for output in 0..outputs {
            let mut column = vec![0.0; depth];
            weights.read(output, &mut column);
            for (row, found) in rows.chunks(depth).zip(found.chunks(outputs)) {
                let expected: f32 = row.iter().zip(&column).map(|(row, it)| row * it).sum();
                worst = worst.max((found[output] - expected).abs());
            }
        }
        Some(worst)
    }

    #[test]
    fn rows_are_multiplied_by_weights_of_either_kind() {
        let (_, outputs, depth) = SIZES;
        // Halves from 2^-5 to 2^-4, of both signs.
        let halves: Vec<u16> = numbers(outputs * depth, 2)
            .iter()
            .map(|number| {
                let [low, high, ..] = number.to_bits().to_le_bytes();
                0x2800 | u16::from_le_bytes([low, high]) & 0x83ff
            })
            .collect();
        let mut bytes: Vec<u8> = numbers(outputs * depth / BLOCK * BLOCK_BYTES, 3)
            .iter()
            .map(|number| number.to_bits().to_le_bytes()[0])
            .collect();
        for block in bytes.as_chunks_mut::<BLOCK_BYTES>().0 {
            // 2^-10.
            block[..2].copy_from_slice(&0x1400_u16.to_le_bytes());
        }
        for weights in [Stored::Half(&halves), Stored::Eight(&bytes)] {
            for (precision, allowed) in
                [(Precision::ThirtyTwo, 1e-5), (Precision::Sixteen, 0.02), (Precision::Eight, 0.02)]
            {
                let error = worst_error(weights, precision);
                assert!(error.is_none_or(|error| error < allowed), "{precision:?}: {error:?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_or_is_not_worth_it_is_left_alone() {
        let weights = [0; 64 * 64];
        let mut products = [7.0; 48 * 64];
        let mut try_rows = |rows: usize, depth| {
            let rows = vec![0.0; rows * 64];
            multiply(Stored::Half(&weights), Precision::Sixteen, depth, &rows, &mut products)
        };
        assert!(!try_rows(47, 64) && !try_rows(49, 64) && !try_rows(48, 48) && !try_rows(48, 0));
        let has_kernel = has_kernel();
        assert_eq!(try_rows(48, 64), has_kernel);
        for (depth, rows, is_worth_it) in [(64, 48, true), (64, 47, false), (48, 48, false)] {
            let multiplies = multiplies(depth, rows);
            assert_eq!(multiplies, is_worth_it && has_kernel, "{rows} rows of {depth}");
        }
    }
}
