//! 32-bit floats in registers of 128 bits.

mod rows;

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vaddq_s32, vdupq_n_f32, vfmaq_f32, vfmaq_laneq_f32, vld1q_f32,
    vreinterpretq_f32_s32, vreinterpretq_s32_f32, vshlq_n_s32, vst1q_f32, vsubq_f32,
};
use std::arch::is_aarch64_feature_detected;

use crate::kernel::{AttentionKernel, COLUMNS, MatMul, ROWS, Tile};
use crate::quantise::ROUND;

/// 32-bit floats in registers of 128 bits: every processor of this architecture that runs Linux or macOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn detect() -> Option<Self> {
        is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

impl MatMul for Neon {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the feature.
        unsafe {
            multiply_part::<0>(strip, panel, tile);
            multiply_part::<8>(strip, panel, tile);
            multiply_part::<16>(strip, panel, tile);
            multiply_part::<24>(strip, panel, tile);
        }
    }
}

impl AttentionKernel for Neon {
    /// Runs `work` as it is: the compiler uses these instructions everywhere.
    #[inline(always)]
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Multiplies 12 rows by 8 columns, whose sums fill 24 of the 32 registers.
#[target_feature(enable = "neon")]
fn multiply_part<const COLUMN: usize>(
    strip: &[[f32; ROWS]],
    panel: &[[f32; COLUMNS]],
    tile: &mut Tile,
) {
    let mut sums = [[vdupq_n_f32(0.0); 2]; ROWS];
    for (left, right) in strip.iter().zip(panel) {
        let right = load_pair::<COLUMN>(right);
        for (sums, left) in sums.as_chunks_mut::<4>().0.iter_mut().zip(left.as_chunks::<4>().0) {
            add_products(sums, load(left), right);
        }
    }
    for (row, sums) in tile.iter_mut().zip(&sums) {
        add_pair::<COLUMN>(row, *sums);
    }
}

/// Adds the products of four rows and two registers of columns.
#[inline]
#[target_feature(enable = "neon")]
fn add_products(sums: &mut [[float32x4_t; 2]; 4], left: float32x4_t, right: [float32x4_t; 2]) {
    for side in 0..2 {
        sums[0][side] = vfmaq_laneq_f32::<0>(sums[0][side], right[side], left);
        sums[1][side] = vfmaq_laneq_f32::<1>(sums[1][side], right[side], left);
        sums[2][side] = vfmaq_laneq_f32::<2>(sums[2][side], right[side], left);
        sums[3][side] = vfmaq_laneq_f32::<3>(sums[3][side], right[side], left);
    }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load(numbers: &[f32; 4]) -> float32x4_t {
    // SAFETY: there are 4 numbers.
    unsafe { vld1q_f32(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store(numbers: &mut [f32; 4], register: float32x4_t) {
    // SAFETY: there are 4 numbers.
    unsafe { vst1q_f32(numbers.as_mut_ptr(), register) }
}

/// Loads eight numbers of a row, from a column on.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_pair<const COLUMN: usize>(row: &[f32; COLUMNS]) -> [float32x4_t; 2] {
    let numbers = row[COLUMN..COLUMN + 8].as_chunks().0;
    [load(&numbers[0]), load(&numbers[1])]
}

/// Adds eight numbers to those of a row, from a column on.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn add_pair<const COLUMN: usize>(row: &mut [f32; COLUMNS], sums: [float32x4_t; 2]) {
    let numbers = row[COLUMN..COLUMN + 8].as_chunks_mut().0;
    for (numbers, sums) in numbers.iter_mut().zip(&sums) {
        store(numbers, vaddq_f32(load(numbers), *sums));
    }
}

/// Computes 2 to the power of `x`, from -126 to 127, to 2^-13 of it: what is rounded to 11 or 8 bits needs no
/// more.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn exp2(x: float32x4_t) -> float32x4_t {
    let rounded = vaddq_f32(x, vdupq_n_f32(ROUND));
    let rest = vsubq_f32(x, vsubq_f32(rounded, vdupq_n_f32(ROUND)));
    // The polynomial from -0.5 to 0.5 whose largest relative error is the smallest.
    let mut sum = vdupq_n_f32(0.055_171_67);
    for coefficient in [0.242_611_12, 0.693_261, 0.999_928_1] {
        sum = vfmaq_f32(vdupq_n_f32(coefficient), sum, rest);
    }
    // Adds what `x` is rounded to, the lowest bits of the sum, to the exponent.
    let power = vshlq_n_s32::<23>(vreinterpretq_s32_f32(rounded));
    vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(sum), power))
}
