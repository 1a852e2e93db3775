//! Pairs of `bfloat16`, summed in 32 bits.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m128i, __m512, __m512bh, __m512i, _mm_storeu_si128, _mm512_add_ps, _mm512_castsi512_si128,
    _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps, _mm512_extracti32x4_epi32, _mm512_fmadd_ps,
    _mm512_loadu_si512, _mm512_mul_ps, _mm512_permutexvar_epi16, _mm512_rcp14_ps, _mm512_reduce_ps,
    _mm512_scalef_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_si512,
    _mm512_sub_ps, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64,
};
use std::mem::transmute;

use super::Avx512;
use super::avx512::{load, store, with_avx512};
use crate::float::bf16_bits;
use crate::kernel::{AttentionKernel, COLUMNS, Cell, MatMul, ROWS, Tile};

/// Pairs of `bfloat16`, summed in 32 bits: AMD since Zen 4, Intel since Cooper Lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bf16(());

/// Two neighbours as `bfloat16`, the first in the lower half.
type Pair = u32;

impl Bf16 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx512::detect().is_some() && is_x86_feature_detected!("avx512bf16")).then_some(Self(()))
    }
}

impl<const LANES: usize> Cell for [Pair; LANES] {
    const DEPTH: usize = 2;
    const ZERO: Self = [0; LANES];

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        self[lane] = bf16_bits(numbers[0]) | bf16_bits(numbers[1]) << 16;
    }
}

impl MatMul for Bf16 {
    type Left = [Pair; ROWS];
    type Right = [Pair; COLUMNS];

    fn put_tile(self, strip: &mut [[Pair; ROWS]], tile: &Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { put_tile(strip, tile) }
    }

    fn gelu(self, tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { gelu(tile) }
    }

    fn multiply(self, strip: &[[Pair; ROWS]], panel: &[[Pair; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { multiply(strip, panel, tile) }
    }
}

impl AttentionKernel for Bf16 {
    /// Powers of 2 are quicker than those of e.
    const SCORE_SCALE: f32 = std::f32::consts::LOG2_E;

    fn softmax_weights(
        self,
        keys: &[[Pair; ROWS]],
        queries: &[[Pair; COLUMNS]],
        zero: &[f32; COLUMNS],
        weights: &mut [[Pair; COLUMNS]],
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { softmax_weights(keys, queries, zero, weights) }
    }

    fn weighted_values<'a, const N: usize>(
        self,
        parts: impl Iterator<Item = (&'a [[Pair; ROWS]], &'a [[Pair; COLUMNS]])>,
        tile: &mut Tile,
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { weighted_values::<N>(parts, tile) }
    }

    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx512(work) }
    }
}

/// Order of words that puts those of the upper half between those of the lower.
const INTERLEAVED: [u16; COLUMNS] = {
    let mut order = [0; COLUMNS];
    let mut word = 0;
    while word < 16 {
        order[2 * word as usize] = word;
        order[2 * word as usize + 1] = word + 16;
        word += 1;
    }
    order
};

#[target_feature(enable = "avx512f,avx512bf16")]
fn multiply(strip: &[[Pair; ROWS]], panel: &[[Pair; COLUMNS]], tile: &mut Tile) {
    weighted_values::<ROWS>(std::iter::once((strip, panel)), tile);
}

/// Keeps the sums of the first `N` rows in registers from part to part.
#[target_feature(enable = "avx512f,avx512bf16")]
fn weighted_values<'a, const N: usize>(
    parts: impl Iterator<Item = (&'a [[Pair; ROWS]], &'a [[Pair; COLUMNS]])>,
    tile: &mut Tile,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; N];
    for (sums, row) in sums.iter_mut().zip(&*tile) {
        *sums = load(row);
    }
    for (strip, panel) in parts {
        add_products(strip, panel, &mut sums);
    }
    for (row, sums) in tile.iter_mut().zip(&sums) {
        store(row, *sums);
    }
}

/// Transposes four rows at a time.
#[target_feature(enable = "avx512f,avx512bf16")]
fn put_tile(strip: &mut [[Pair; ROWS]], tile: &Tile) {
    let strip = &mut strip[..COLUMNS / 2];
    for (group, rows) in tile.as_chunks::<4>().0.iter().enumerate() {
        let [first, second, third, fourth] = rows;
        let (first, second) = (round_to_pairs(first), round_to_pairs(second));
        let (third, fourth) = (round_to_pairs(third), round_to_pairs(fourth));
        let near = [_mm512_unpacklo_epi32(first, second), _mm512_unpacklo_epi32(third, fourth)];
        let far = [_mm512_unpackhi_epi32(first, second), _mm512_unpackhi_epi32(third, fourth)];
        let transposed = [
            _mm512_unpacklo_epi64(near[0], near[1]),
            _mm512_unpackhi_epi64(near[0], near[1]),
            _mm512_unpacklo_epi64(far[0], far[1]),
            _mm512_unpackhi_epi64(far[0], far[1]),
        ];
        for (cell, cells) in transposed.into_iter().enumerate() {
            // Every fourth cell is in the same register.
            store_128(&mut strip[cell], group, _mm512_castsi512_si128(cells));
            store_128(&mut strip[cell + 4], group, _mm512_extracti32x4_epi32::<1>(cells));
            store_128(&mut strip[cell + 8], group, _mm512_extracti32x4_epi32::<2>(cells));
            store_128(&mut strip[cell + 12], group, _mm512_extracti32x4_epi32::<3>(cells));
        }
    }
}

/// Rounds a row to pairs of neighbours.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn round_to_pairs(row: &[f32; COLUMNS]) -> __m512i {
    let [first, second] = load(row);
    // SAFETY: both are a register of plain numbers.
    unsafe { transmute(_mm512_cvtne2ps_pbh(second, first)) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_128(cell: &mut [Pair; ROWS], group: usize, pairs: __m128i) {
    let rows = &mut cell.as_chunks_mut::<4>().0[group];
    // SAFETY: there are 4 pairs.
    unsafe { _mm_storeu_si128(rows.as_mut_ptr().cast(), pairs) }
}

/// Applies the Gaussian error linear unit to 2^-12, for numbers that are rounded to 8 bits.
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) fn gelu(tile: &mut Tile) {
    // As in `gelu`, in powers of 2.
    const SLOPE: f32 = -1.595_769_2 * std::f32::consts::LOG2_E;
    const CUBE: f32 = 0.044_715 * SLOPE;
    let one = _mm512_set1_ps(1.0);
    for row in tile {
        let mut numbers = load(row);
        for x in &mut numbers {
            let square = _mm512_mul_ps(*x, *x);
            let slope = _mm512_fmadd_ps(square, _mm512_set1_ps(CUBE), _mm512_set1_ps(SLOPE));
            let below = _mm512_add_ps(one, exp2(_mm512_mul_ps(*x, slope)));
            *x = _mm512_mul_ps(*x, _mm512_rcp14_ps(below));
        }
        store(row, numbers);
    }
}

/// Keeps scores in registers: only their powers of 2 are written.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512bf16")]
fn softmax_weights(
    keys: &[[Pair; ROWS]],
    queries: &[[Pair; COLUMNS]],
    zero: &[f32; COLUMNS],
    weights: &mut [[Pair; COLUMNS]],
) {
    let zero = load(zero);
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for sums in &mut sums {
        *sums = [_mm512_sub_ps(sums[0], zero[0]), _mm512_sub_ps(sums[1], zero[1])];
    }
    add_products(keys, queries, &mut sums);
    for (weights, [first, second]) in weights.iter_mut().zip(sums.as_chunks::<2>().0) {
        for (side, weights) in weights.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let pairs = interleave(exp2(first[side]), exp2(second[side]));
            // SAFETY: there are 16 pairs.
            unsafe { _mm512_storeu_si512(weights.as_mut_ptr().cast(), pairs) }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn add_products<const N: usize>(
    strip: &[[Pair; ROWS]],
    panel: &[[Pair; COLUMNS]],
    sums: &mut [[__m512; 2]; N],
) {
    for (left, right) in strip.iter().zip(panel) {
        // SAFETY: both are 128 bytes of plain numbers.
        let right: [__m512bh; 2] = unsafe { transmute(*right) };
        for (sums, &left) in sums.iter_mut().zip(left) {
            // SAFETY: both are a register of plain numbers.
            let left: __m512bh = unsafe { transmute(_mm512_set1_epi32(left.cast_signed())) };
            sums[0] = _mm512_dpbf16_ps(sums[0], left, right[0]);
            sums[1] = _mm512_dpbf16_ps(sums[1], left, right[1]);
        }
    }
}

/// Computes 2 to the power of `x`, to 2^-13 of it: what is rounded to 8 bits needs no more.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn exp2(x: __m512) -> __m512 {
    // Rounds down, without exceptions.
    const DOWN: i32 = 9;
    let rest = _mm512_reduce_ps::<DOWN>(x);
    let mut sum = _mm512_set1_ps(0.078_024_52);
    // The polynomial from 0 to 1 whose largest relative error is the smallest.
    for coefficient in [0.226_067_15, 0.695_833_54, 0.999_925_2] {
        sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(coefficient));
    }
    // Takes the power of what `x` is rounded down to.
    _mm512_scalef_ps(sum, x)
}

/// Pairs each number of `first` with that of `second`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn interleave(first: __m512, second: __m512) -> __m512i {
    // SAFETY: both are a register of plain numbers.
    let both: __m512i = unsafe { transmute(_mm512_cvtne2ps_pbh(second, first)) };
    // SAFETY: there are 64 bytes.
    let order = unsafe { _mm512_loadu_si512(INTERLEAVED.as_ptr().cast()) };
    _mm512_permutexvar_epi16(order, both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::gelu;
    use crate::kernel::put;

    #[test]
    fn tiles_become_what_their_numbers_become_one_by_one() {
        let Some(kernel) = Bf16::detect() else { return };
        let mut random = fastrand::Rng::with_seed(1);
        let mut tile = [[0.0; COLUMNS]; ROWS];
        tile.as_flattened_mut().iter_mut().for_each(|number| *number = random.f32() * 16.0 - 8.0);
        tile[0][..4].copy_from_slice(&[-1e4, 1e4, 0.0, 100.0]);
        let (mut expected, mut found) = ([[0; ROWS]; COLUMNS / 2], [[0; ROWS]; COLUMNS / 2]);
        for (row, numbers) in tile.iter().enumerate() {
            put(&mut expected, row, numbers);
        }
        kernel.put_tile(&mut found, &tile);
        assert_eq!(found, expected);

        let expected = tile;
        kernel.gelu(&mut tile);
        for (found, &x) in tile.as_flattened().iter().zip(expected.as_flattened()) {
            let expected = gelu(x);
            let error = (found - expected).abs();
            assert!(error <= expected.abs() / 4096.0 + 1e-30, "{x}: {found}, not {expected}");
        }
    }
}
