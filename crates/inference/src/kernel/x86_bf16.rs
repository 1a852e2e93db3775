//! The kernel of `x86-64` that multiplies in 16 bits.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why it has"
)]

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

use super::x86::{Avx512, load_512, store_512, with_avx512};
use super::{COLUMNS, Kernel, Linear, ROWS, Tile};
use crate::float::bf16;

/// Pairs of 16-bit `bfloat16`, summed in 32 bits: AMD since Zen 4, Intel since Cooper Lake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bf16(());

impl Bf16 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx512::detect().is_some() && is_x86_feature_detected!("avx512bf16")).then_some(Self(()))
    }
}

impl Linear for Bf16 {
    type Left = [u32; ROWS];
    type Right = [u32; COLUMNS];

    const DEPTH: usize = 2;

    #[inline(always)]
    fn put_row(left: &mut Self::Left, row: usize, numbers: &[f32]) {
        left[row] = pair([numbers[0], numbers[1]]);
    }

    #[inline(always)]
    fn put_column(right: &mut Self::Right, column: usize, numbers: &[f32]) {
        right[column] = pair([numbers[0], numbers[1]]);
    }

    fn put_tile(self, strip: &mut [[u32; ROWS]], tile: &Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { put_tile_bf16(strip, tile) }
    }

    fn activate(self, tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { activate(tile) }
    }

    fn multiply(self, strip: &[[u32; ROWS]], panel: &[[u32; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { multiply_bf16(strip, panel, tile) }
    }
}

impl Kernel for Bf16 {
    /// Powers of 2 are quicker than those of e.
    const SCORE: f32 = std::f32::consts::LOG2_E;

    fn weigh(
        self,
        keys: &[[u32; ROWS]],
        queries: &[[u32; COLUMNS]],
        zero: &[f32; COLUMNS],
        weights: &mut [[u32; COLUMNS]],
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { weigh_bf16(keys, queries, zero, weights) }
    }

    fn gather<'a, const N: usize>(
        self,
        parts: impl Iterator<Item = (&'a [[u32; ROWS]], &'a [[u32; COLUMNS]])>,
        tile: &mut Tile,
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { gather_bf16::<N>(parts, tile) }
    }

    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx512(work) }
    }
}

/// The order of words that puts those of the upper half between those of the lower.
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

/// Two numbers in the place of one.
#[inline(always)]
fn pair([first, second]: [f32; 2]) -> u32 {
    bf16(first) | bf16(second) << 16
}

#[target_feature(enable = "avx512f,avx512bf16")]
fn multiply_bf16(strip: &[[u32; ROWS]], panel: &[[u32; COLUMNS]], tile: &mut Tile) {
    gather_bf16::<ROWS>(std::iter::once((strip, panel)), tile);
}

/// Keeps the sums of the first `N` rows in registers from part to part.
#[target_feature(enable = "avx512f,avx512bf16")]
fn gather_bf16<'a, const N: usize>(
    parts: impl Iterator<Item = (&'a [[u32; ROWS]], &'a [[u32; COLUMNS]])>,
    tile: &mut Tile,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; N];
    for (sums, row) in sums.iter_mut().zip(&*tile) {
        *sums = load_512(row);
    }
    for (strip, panel) in parts {
        add_bf16(strip, panel, &mut sums);
    }
    for (row, sums) in tile.iter_mut().zip(&sums) {
        store_512(row, *sums);
    }
}

/// Turns four rows at a time.
#[target_feature(enable = "avx512f,avx512bf16")]
fn put_tile_bf16(strip: &mut [[u32; ROWS]], tile: &Tile) {
    let strip = &mut strip[..COLUMNS / 2];
    for (group, rows) in tile.as_chunks::<4>().0.iter().enumerate() {
        let [first, second, third, fourth] = rows;
        let (first, second) = (in_order(first), in_order(second));
        let (third, fourth) = (in_order(third), in_order(fourth));
        let near = [_mm512_unpacklo_epi32(first, second), _mm512_unpacklo_epi32(third, fourth)];
        let far = [_mm512_unpackhi_epi32(first, second), _mm512_unpackhi_epi32(third, fourth)];
        let turned = [
            _mm512_unpacklo_epi64(near[0], near[1]),
            _mm512_unpackhi_epi64(near[0], near[1]),
            _mm512_unpacklo_epi64(far[0], far[1]),
            _mm512_unpackhi_epi64(far[0], far[1]),
        ];
        for (unit, units) in turned.into_iter().enumerate() {
            // Every fourth unit is in the same register.
            store_128(&mut strip[unit], group, _mm512_castsi512_si128(units));
            store_128(&mut strip[unit + 4], group, _mm512_extracti32x4_epi32::<1>(units));
            store_128(&mut strip[unit + 8], group, _mm512_extracti32x4_epi32::<2>(units));
            store_128(&mut strip[unit + 12], group, _mm512_extracti32x4_epi32::<3>(units));
        }
    }
}

/// A row in pairs of neighbours.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn in_order(row: &[f32; COLUMNS]) -> __m512i {
    let [first, second] = load_512(row);
    // SAFETY: both are a register of plain numbers.
    unsafe { transmute(_mm512_cvtne2ps_pbh(second, first)) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_128(unit: &mut [u32; ROWS], group: usize, rows: __m128i) {
    let rows_of_unit = &mut unit.as_chunks_mut::<4>().0[group];
    // SAFETY: there are 4 pairs.
    unsafe { _mm_storeu_si128(rows_of_unit.as_mut_ptr().cast(), rows) }
}

/// The Gaussian error linear unit to 2^-12, for what becomes 8 bits.
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) fn activate(tile: &mut Tile) {
    // As in `gelu`, in powers of 2.
    const SLOPE: f32 = -1.595_769_2 * std::f32::consts::LOG2_E;
    const CUBE: f32 = 0.044_715 * SLOPE;
    let one = _mm512_set1_ps(1.0);
    for row in tile {
        let mut found = load_512(row);
        for x in &mut found {
            let square = _mm512_mul_ps(*x, *x);
            let slope = _mm512_fmadd_ps(square, _mm512_set1_ps(CUBE), _mm512_set1_ps(SLOPE));
            let power = power(_mm512_mul_ps(*x, slope));
            *x = _mm512_mul_ps(*x, _mm512_rcp14_ps(_mm512_add_ps(one, power)));
        }
        store_512(row, found);
    }
}

/// Scores never leave the registers: what is written are their powers of 2.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512bf16")]
fn weigh_bf16(
    keys: &[[u32; ROWS]],
    queries: &[[u32; COLUMNS]],
    zero: &[f32; COLUMNS],
    weights: &mut [[u32; COLUMNS]],
) {
    let zero = load_512(zero);
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for sums in &mut sums {
        *sums = [_mm512_sub_ps(sums[0], zero[0]), _mm512_sub_ps(sums[1], zero[1])];
    }
    add_bf16(keys, queries, &mut sums);
    for (weights, [first, second]) in weights.iter_mut().zip(sums.as_chunks::<2>().0) {
        for (side, weights) in weights.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let pairs = pairs(power(first[side]), power(second[side]));
            // SAFETY: there are 16 pairs.
            unsafe { _mm512_storeu_si512(weights.as_mut_ptr().cast(), pairs) }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn add_bf16<const N: usize>(
    strip: &[[u32; ROWS]],
    panel: &[[u32; COLUMNS]],
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

/// 2 to the power of `x`, to 2^-13 of it: what is rounded to 8 bits needs no more.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn power(x: __m512) -> __m512 {
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

/// Each number of `first` beside that of `second`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn pairs(first: __m512, second: __m512) -> __m512i {
    // SAFETY: both are a register of plain numbers.
    let both: __m512i = unsafe { transmute(_mm512_cvtne2ps_pbh(second, first)) };
    // SAFETY: there are 64 bytes.
    let order = unsafe { _mm512_loadu_si512(INTERLEAVED.as_ptr().cast()) };
    _mm512_permutexvar_epi16(order, both)
}

#[cfg(test)]
mod tests {
    use super::super::tests::worst_error;
    use super::*;
    use crate::float::gelu;
    use crate::strips::put;

    #[test]
    fn it_multiplies_as_exactly_as_sixteen_bits_can() {
        // 8 bits of precision, then the 24 of the sums.
        assert!(Bf16::detect().is_none_or(|kernel| worst_error(kernel) < 2.0_f32.powi(-8)));
    }

    #[test]
    fn tiles_become_what_their_numbers_become_one_by_one() {
        let Some(kernel) = Bf16::detect() else { return };
        let mut random = fastrand::Rng::with_seed(1);
        let mut tile = [[0.0; COLUMNS]; ROWS];
        tile.as_flattened_mut().iter_mut().for_each(|number| *number = random.f32() * 16.0 - 8.0);
        tile[0][..4].copy_from_slice(&[-1e4, 1e4, 0.0, 100.0]);
        let (mut expected, mut found) = ([[0; ROWS]; COLUMNS / 2], [[0; ROWS]; COLUMNS / 2]);
        for (row, numbers) in tile.iter().enumerate() {
            put::<Bf16>(&mut expected, row, numbers);
        }
        kernel.put_tile(&mut found, &tile);
        assert_eq!(found, expected);

        let expected = tile;
        kernel.activate(&mut tile);
        for (found, &x) in tile.as_flattened().iter().zip(expected.as_flattened()) {
            let expected = gelu(x);
            let error = (found - expected).abs();
            assert!(error <= expected.abs() / 4096.0 + 1e-30, "{x}: {found}, not {expected}");
        }
    }
}
