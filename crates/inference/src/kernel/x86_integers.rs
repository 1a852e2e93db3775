//! The kernel of `x86-64` for weights of 8 bits.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why it has"
)]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m512, __m512i, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::x86::Avx512;
use super::x86_bf16::activate;
use super::{COLUMNS, Linear, ROWS, Tile};

/// Integers of 8 bits with a scale for each 32, as whisper.cpp multiplies the weights of a `q8_0`
/// file: AMD since Zen 4, Intel's servers since Cascade Lake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Int8(());

/// Numbers with the same scale.
const BLOCK: usize = 32;

/// Rows at a time: sums of integers and sums of floats share the registers.
const HALF: usize = ROWS / 2;

/// What makes a signed byte an unsigned one: the instruction wants one side without a sign.
const SHIFT: i32 = 128;

/// [`BLOCK`] numbers of each row, four in a cell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Left {
    cells: [[u32; ROWS]; BLOCK / 4],
    scales: [f32; ROWS],
}

/// [`BLOCK`] numbers of each column, four in a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right {
    cells: [[u32; COLUMNS]; BLOCK / 4],
    scales: [f32; COLUMNS],
    /// What takes away what the shift of the other side adds, a signed integer.
    shifts: [u32; COLUMNS],
}

impl Int8 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx512::detect().is_some() && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }
}

impl Default for Right {
    fn default() -> Self {
        let scales = [0.0; COLUMNS];
        Self { cells: [[0; COLUMNS]; BLOCK / 4], scales, shifts: [0; COLUMNS] }
    }
}

impl Linear for Int8 {
    type Left = Left;
    type Right = Right;

    const DEPTH: usize = BLOCK;

    #[inline(always)]
    fn put_row(left: &mut Left, row: usize, numbers: &[f32]) {
        let (scale, cells) = quantise(numbers);
        left.scales[row] = scale;
        for (cell, quantised) in left.cells.iter_mut().zip(cells) {
            // Signed bytes from -127 on become unsigned ones from 1 on.
            cell[row] = quantised ^ 0x8080_8080;
        }
    }

    #[inline(always)]
    fn put_column(right: &mut Right, column: usize, numbers: &[f32]) {
        let (scale, cells) = quantise(numbers);
        right.scales[column] = scale;
        let mut sum = 0;
        for (cell, quantised) in right.cells.iter_mut().zip(cells) {
            sum += quantised
                .to_le_bytes()
                .iter()
                .map(|&byte| i32::from(byte.cast_signed()))
                .sum::<i32>();
            cell[column] = quantised;
        }
        right.shifts[column] = (-SHIFT * sum).cast_unsigned();
    }

    fn activate(self, tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { activate(tile) }
    }

    fn multiply(self, strip: &[Left], panel: &[Right], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_half::<0>(strip, panel, tile);
            multiply_half::<HALF>(strip, panel, tile);
        }
    }
}

/// Numbers as signed bytes from -127 to 127, four in a cell, and what 1 is worth.
#[inline(always)]
fn quantise(numbers: &[f32]) -> (f32, [u32; BLOCK / 4]) {
    // Adding 1.5 * 2^23 rounds to an integer, whose lowest byte is that of the sum.
    const ROUND: f32 = 12_582_912.0;
    let mut largest = 0;
    for number in numbers {
        // As integers sizes are ordered as they are as floats, and quicker compared.
        largest = largest.max(number.abs().to_bits());
    }
    let largest = f32::from_bits(largest);
    let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let mut cells = [0; BLOCK / 4];
    for (cell, numbers) in cells.iter_mut().zip(numbers.as_chunks::<4>().0) {
        for (index, number) in numbers.iter().enumerate() {
            *cell |= (number.mul_add(inverse, ROUND).to_bits() & 0xff) << (8 * index);
        }
    }
    (largest / 127.0, cells)
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn multiply_half<const FIRST: usize>(strip: &[Left], panel: &[Right], tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_ps(); 2]; HALF];
    for (left, right) in strip.iter().zip(panel) {
        let mut integers = [load_integers(&right.shifts); HALF];
        for (left, right) in left.cells.iter().zip(&right.cells) {
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
        // SAFETY: there are 32 numbers.
        unsafe {
            _mm512_storeu_ps(row.as_mut_ptr(), _mm512_add_ps(before[0], sums[0]));
            _mm512_storeu_ps(row[16..].as_mut_ptr(), _mm512_add_ps(before[1], sums[1]));
        }
    }
}

#[target_feature(enable = "avx512f")]
fn load(row: &[f32; COLUMNS]) -> [__m512; 2] {
    // SAFETY: there are 32 numbers.
    unsafe { [_mm512_loadu_ps(row.as_ptr()), _mm512_loadu_ps(row[16..].as_ptr())] }
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
    use super::super::tests::worst_error;
    use super::*;

    #[test]
    fn it_multiplies_as_exactly_as_eight_bits_can() {
        assert!(Int8::detect().is_none_or(|kernel| worst_error(kernel) < 2.0_f32.powi(-8)));
    }

    #[test]
    fn what_was_quantised_by_32_before_stays_as_it_is() {
        let integers: Vec<i8> = (-127..=121).step_by(8).collect();
        let numbers: Vec<f32> =
            integers.iter().map(|&integer| f32::from(integer) * 0.031).collect();
        let (scale, cells) = quantise(&numbers);
        assert!((scale - 0.031).abs() < 1e-6);
        let found = cells.iter().flat_map(|cell| cell.to_le_bytes()).map(u8::cast_signed);
        assert_eq!(found.collect::<Vec<i8>>(), integers);
        assert_eq!(quantise(&[0.0; BLOCK]), (0.0, [0; BLOCK / 4]));
    }
}
