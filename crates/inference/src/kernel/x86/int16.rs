//! 14-bit integers in 16 bits, in registers of 256.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_cvtepi32_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_si256, _mm256_storeu_ps,
};

use super::Avx2;
use super::f16c::pair_of;
use crate::kernel::{COLUMNS, Cell, MatMul, ROWS, Tile};
use crate::quantise::{GROUP, round_to_i16, scales};

/// 14-bit integers with a scale for each 32 of a row or column: an instruction multiplies twice as many of
/// them as of floats, and weights take half the memory.
///
/// The largest number of a group keeps 13 bits beside its sign, and a `q8_0` file's weights lose nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int16(());

/// How many times as fine they are as 8-bit integers, up to 127 * 64: the largest power of two with which
/// the products of a group add up to less than 2^31.
const FINENESS: f32 = 64.0;

/// Rows at a time: with 16 columns, two registers, their sums fill 12 of the 16 registers.
const PART: usize = ROWS / 2;

/// Sums in a register.
const LANES: usize = 8;

/// [`GROUP`] numbers of each lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<const N: usize> {
    /// Two neighbours, the first in the lower half.
    pairs: [[i32; N]; GROUP / 2],
    scales: [f32; N],
}

impl Int16 {
    pub(crate) fn detect() -> Option<Self> {
        Avx2::detect().map(|_| Self(()))
    }
}

impl<const N: usize> Cell for Group<N> {
    const DEPTH: usize = GROUP;
    const ZERO: Self = Self { pairs: [[0; N]; GROUP / 2], scales: [0.0; N] };

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let (scale, inverse) = scales(&numbers.as_chunks().0[0]);
        self.scales[lane] = scale / FINENESS;
        let inverse = inverse * FINENESS;
        for (pairs, numbers) in self.pairs.iter_mut().zip(numbers.as_chunks().0) {
            pairs[lane] = pair_of(numbers.map(|number: f32| round_to_i16(number * inverse)));
        }
    }
}

impl MatMul for Int16 {
    type Left = Group<ROWS>;
    type Right = Group<COLUMNS>;

    fn multiply(self, strip: &[Group<ROWS>], panel: &[Group<COLUMNS>], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_part::<0, 0>(strip, panel, tile);
            multiply_part::<PART, 0>(strip, panel, tile);
            multiply_part::<0, { 2 * LANES }>(strip, panel, tile);
            multiply_part::<PART, { 2 * LANES }>(strip, panel, tile);
        }
    }
}

/// Multiplies 6 rows by 16 columns. A group's sums of integers stay in registers, and are then added to
/// the tile.
#[target_feature(enable = "avx2,fma")]
fn multiply_part<const ROW: usize, const COLUMN: usize>(
    strip: &[Group<ROWS>],
    panel: &[Group<COLUMNS>],
    tile: &mut Tile,
) {
    for (left, right) in strip.iter().zip(panel) {
        let mut integers = [[_mm256_setzero_si256(); 2]; PART];
        for (left, right) in left.pairs.iter().zip(&right.pairs) {
            let right = load(&right[COLUMN..]);
            for (integers, &left) in integers.iter_mut().zip(&left[ROW..ROW + PART]) {
                let left = _mm256_set1_epi32(left);
                integers[0] = _mm256_add_epi32(integers[0], _mm256_madd_epi16(left, right[0]));
                integers[1] = _mm256_add_epi32(integers[1], _mm256_madd_epi16(left, right[1]));
            }
        }
        let rows = tile[ROW..ROW + PART].iter_mut().zip(&left.scales[ROW..ROW + PART]);
        for ((sums, &scale), integers) in rows.zip(integers) {
            let scale = _mm256_set1_ps(scale);
            let sums = sums[COLUMN..].as_chunks_mut::<LANES>().0.iter_mut();
            let scales = right.scales[COLUMN..].as_chunks::<LANES>().0;
            for ((sums, scales), integers) in sums.zip(scales).zip(integers) {
                // SAFETY: there are 8 numbers each.
                unsafe {
                    let scale = _mm256_mul_ps(scale, _mm256_loadu_ps(scales.as_ptr()));
                    let before = _mm256_loadu_ps(sums.as_ptr());
                    let sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(integers), scale, before);
                    _mm256_storeu_ps(sums.as_mut_ptr(), sum);
                }
            }
        }
    }
}

/// Loads the pairs of the first 16 columns.
#[inline]
#[target_feature(enable = "avx2")]
fn load(pairs: &[i32]) -> [__m256i; 2] {
    let pairs = &pairs[..2 * LANES];
    // SAFETY: there are 16 pairs.
    unsafe {
        [
            _mm256_loadu_si256(pairs.as_ptr().cast()),
            _mm256_loadu_si256(pairs[LANES..].as_ptr().cast()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_numbers_of_a_group_overflow_no_sum() {
        let Some(kernel) = Int16::detect() else { return };
        let (mut left, mut right) = (Group::ZERO, Group::ZERO);
        left.put(3, &[-2.0; GROUP]);
        right.put(20, &[3.0; GROUP]);
        let mut tile = [[1.0; COLUMNS]; ROWS];
        kernel.multiply(&[left; 2], &[right; 2], &mut tile);
        assert!((tile[3][20] - (1.0 - 2.0 * 3.0 * 64.0)).abs() < 0.001, "{}", tile[3][20]);
        assert!((tile[2][20] - 1.0).abs() < f32::EPSILON);
    }
}
