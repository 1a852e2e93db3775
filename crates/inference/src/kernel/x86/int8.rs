//! 8-bit integers with a scale for each 32.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m512i, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps,
    _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::Avx512;
use super::avx512::{load, store};
use super::bf16::gelu;
use crate::kernel::{COLUMNS, Cell, MatMul, ROWS, Tile};
use crate::quantise::{GROUP, ROUND, scales};

/// 8-bit integers with a scale for each 32, as whisper.cpp multiplies the weights of a `q8_0` file: AMD
/// since Zen 4, Intel's servers since Cascade Lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int8(());

/// Rows at a time: sums of integers and sums of floats share the registers.
const HALF: usize = ROWS / 2;

/// Added to signed bytes to make them unsigned: the instruction wants one side without a sign.
const SHIFT: i32 = 128;

/// Four neighbours as bytes, the first in the lowest.
type Four = u32;

/// [`GROUP`] numbers of each row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// Shifted, without a sign.
    fours: [[Four; ROWS]; GROUP / 4],
    scales: [f32; ROWS],
}

/// [`GROUP`] numbers of each column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right {
    fours: [[Four; COLUMNS]; GROUP / 4],
    scales: [f32; COLUMNS],
    /// Sums of products to start from, signed: they take away what the shift of the other side adds.
    shifts: [u32; COLUMNS],
}

impl Int8 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx512::detect().is_some() && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }
}

impl Cell for Left {
    const DEPTH: usize = GROUP;
    const ZERO: Self = Self { fours: [[0; ROWS]; GROUP / 4], scales: [0.0; ROWS] };

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let (scale, quantised) = quantise_fused(&numbers.as_chunks().0[0]);
        self.scales[lane] = scale;
        for (fours, four) in self.fours.iter_mut().zip(quantised) {
            // Signed bytes from -127 on become unsigned ones from 1 on.
            fours[lane] = four ^ 0x8080_8080;
        }
    }
}

impl Cell for Right {
    const DEPTH: usize = GROUP;
    const ZERO: Self =
        Self { fours: [[0; COLUMNS]; GROUP / 4], scales: [0.0; COLUMNS], shifts: [0; COLUMNS] };

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let (scale, quantised) = quantise_fused(&numbers.as_chunks().0[0]);
        self.scales[lane] = scale;
        for (fours, four) in self.fours.iter_mut().zip(quantised) {
            fours[lane] = four;
        }
        let integers = quantised.iter().flat_map(|four| four.to_le_bytes());
        let sum: i32 = integers.map(|byte| i32::from(byte.cast_signed())).sum();
        self.shifts[lane] = (-SHIFT * sum).cast_unsigned();
    }
}

impl MatMul for Int8 {
    type Left = Left;
    type Right = Right;

    fn gelu(self, tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { gelu(tile) }
    }

    fn multiply(self, strip: &[Left], panel: &[Right], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_half::<0>(strip, panel, tile);
            multiply_half::<HALF>(strip, panel, tile);
        }
    }
}

/// Quantises with quotients that are rounded once, as multiplying and adding is one instruction here. The
/// integers differ from [`quantise`](crate::quantise::quantise)'s where one is nearly in the middle.
#[inline(always)]
fn quantise_fused(numbers: &[f32; GROUP]) -> (f32, [Four; GROUP / 4]) {
    let (scale, inverse) = scales(numbers);
    let mut fours = [0; GROUP / 4];
    for (four, numbers) in fours.iter_mut().zip(numbers.as_chunks::<4>().0) {
        for (index, number) in numbers.iter().enumerate() {
            *four |= (number.mul_add(inverse, ROUND).to_bits() & 0xff) << (8 * index);
        }
    }
    (scale, fours)
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply_half<const FIRST: usize>(strip: &[Left], panel: &[Right], tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_ps(); 2]; HALF];
    for (left, right) in strip.iter().zip(panel) {
        let mut integers = [load_integers(&right.shifts); HALF];
        for (left, right) in left.fours.iter().zip(&right.fours) {
            let right = load_integers(right);
            for (integers, &left) in integers.iter_mut().zip(&left[FIRST..FIRST + HALF]) {
                let left = _mm512_set1_epi32(left.cast_signed());
                integers[0] = _mm512_dpbusd_epi32(integers[0], left, right[0]);
                integers[1] = _mm512_dpbusd_epi32(integers[1], left, right[1]);
            }
        }
        let scales = load(&right.scales);
        let rows = sums.iter_mut().zip(integers).zip(&left.scales[FIRST..FIRST + HALF]);
        for ((sums, integers), &scale) in rows {
            let scale = _mm512_set1_ps(scale);
            for side in 0..2 {
                let scale = _mm512_mul_ps(scale, scales[side]);
                sums[side] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers[side]), scale, sums[side]);
            }
        }
    }
    for (row, sums) in tile[FIRST..FIRST + HALF].iter_mut().zip(&sums) {
        let before = load(row);
        store(row, [_mm512_add_ps(before[0], sums[0]), _mm512_add_ps(before[1], sums[1])]);
    }
}

#[target_feature(enable = "avx512f")]
fn load_integers(row: &[u32; COLUMNS]) -> [__m512i; 2] {
    // SAFETY: there are 32 numbers.
    unsafe {
        [_mm512_loadu_si512(row.as_ptr().cast()), _mm512_loadu_si512(row[16..].as_ptr().cast())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantise::quantise;

    #[test]
    fn what_was_quantised_before_stays_as_it_is() {
        let numbers = std::array::from_fn(|index| (index as f32 * 8.0 - 127.0) * 0.031);
        let (scale, fours) = quantise_fused(&numbers);
        let integers = fours.iter().flat_map(|four| four.to_le_bytes()).map(u8::cast_signed);
        let (expected_scale, expected) = quantise(&numbers);
        assert_eq!((scale, integers.collect::<Vec<i8>>()), (expected_scale, expected.to_vec()));
        assert_eq!(quantise_fused(&[0.0; GROUP]), (0.0, [0; GROUP / 4]));
    }
}
