//! Kernels in plain Rust: what every processor can run, and what every other kernel is held against.

use super::{AttentionKernel, COLUMNS, MatMul, OUTPUTS, ROWS, RowCell, RowKernel, Tile};
use crate::float::{f16_bits, from_f16};
use crate::quantise::QuantisedRow;
use crate::shape::HEAD;

/// Sums that do not wait for each other, as many as the compiler may keep in a register.
const LANES: usize = 8;

/// Whatever instructions the compiler may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl MatMul for Portable {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile) {
        assert_eq!(strip.len(), panel.len());
        for (left, right) in strip.iter().zip(panel) {
            for (row, left) in tile.iter_mut().zip(left) {
                for (sum, right) in row.iter_mut().zip(right) {
                    *sum += left * right;
                }
            }
        }
    }
}

impl AttentionKernel for Portable {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

impl RowKernel for Portable {
    const ABREAST: usize = 2;
    const NEIGHBOURS: usize = 1;

    type Row = QuantisedRow;

    fn quantise_row(self, numbers: &[f32]) -> QuantisedRow {
        QuantisedRow::new(numbers)
    }

    fn dot_f32<const N: usize>(
        self,
        weights: &[f32],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
            take(output, rows.map(|row| dot(row, weights, |&weight| weight)));
        }
    }

    fn dot_f16<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
            take(output, rows.map(|row| dot(row, weights, |&weight| from_f16(weight))));
        }
    }

    fn dot_int8<const N: usize>(
        self,
        panel: &[RowCell],
        rows: [&QuantisedRow; N],
    ) -> [[f32; OUTPUTS]; N] {
        rows.map(|row| {
            let mut sums = [0.0; OUTPUTS];
            for (cell, numbers) in panel.iter().zip(&row.groups) {
                let mut integers = [0; OUTPUTS];
                for (weights, &number) in cell.integers.as_chunks::<OUTPUTS>().0.iter().zip(numbers)
                {
                    for (sum, &weight) in integers.iter_mut().zip(weights) {
                        *sum += i32::from(weight) * i32::from(number);
                    }
                }
                for ((sum, integer), scale) in sums.iter_mut().zip(integers).zip(cell.scales) {
                    #[expect(clippy::cast_precision_loss, reason = "it is rounded to 24 bits")]
                    let product = integer as f32 * scale;
                    *sum += product;
                }
            }
            sums.map(|sum| sum * row.scale)
        })
    }

    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N] {
        weights.map(|weights| {
            let mut sum = [0.0; HEAD];
            for (weight, value) in weights.iter().zip(values.as_chunks::<HEAD>().0) {
                for (sum, &number) in sum.iter_mut().zip(value) {
                    *sum += weight * from_f16(number);
                }
            }
            sum
        })
    }

    fn to_f16(self, numbers: &[f32], halves: &mut [u16]) {
        for (half, &number) in halves.iter_mut().zip(numbers) {
            *half = f16_bits(number);
        }
    }
}

/// Dot product of numbers and weights, which `widen` makes floats.
#[inline(always)]
fn dot<W>(numbers: &[f32], weights: &[W], widen: impl Fn(&W) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    for (numbers, weights) in numbers.chunks_exact(LANES).zip(weights.chunks_exact(LANES)) {
        for ((sum, number), weight) in sums.iter_mut().zip(numbers).zip(weights) {
            *sum += number * widen(weight);
        }
    }
    sums.iter().sum()
}
