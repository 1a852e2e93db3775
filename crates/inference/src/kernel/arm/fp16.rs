//! 16-bit floats, summed in 16 bits for a while and then in 32.

mod softmax;

use std::arch::aarch64::{
    float16x8_t, float32x4_t, vcvt_f16_f32, vcvt_f32_f16, vcvt_high_f32_f16, vdupq_n_f32,
    vdupq_n_u16, vfmaq_laneq_f16, vget_lane_u16, vget_low_f16, vld1q_u16, vreinterpret_u16_f16,
    vreinterpretq_f16_u16,
};
use std::arch::is_aarch64_feature_detected;

use super::neon::add_pair;
use crate::kernel::{AttentionKernel, COLUMNS, Cell, MatMul, ROWS, Tile};

/// 16-bit floats that are multiplied without being widened: Arm's cores since Cortex-A55 and A75,
/// Graviton since the second, all of Apple's Macs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fp16(());

/// Cells whose products are summed in 16 bits before they are added to sums of 32: 64 products. Their
/// rounding adds as much to the error as that of both sides to `bfloat16` would.
const CELLS: usize = 32;

/// Two neighbours of each row.
type Left = [[u16; ROWS]; 2];

/// Two neighbours of each column.
type Right = [[u16; COLUMNS]; 2];

/// Sums of 12 rows, four by four, and 16 columns.
type Sums = [[[float16x8_t; 2]; 4]; ROWS / 4];

impl Fp16 {
    pub(crate) fn detect() -> Option<Self> {
        (is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("fp16"))
            .then_some(Self(()))
    }
}

/// Two neighbours of each lane as 16-bit floats: first all first ones.
impl<const LANES: usize> Cell for [[u16; LANES]; 2] {
    const DEPTH: usize = 2;
    const ZERO: Self = [[0; LANES]; 2];

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        self[0][lane] = f16_bits(numbers[0]);
        self[1][lane] = f16_bits(numbers[1]);
    }
}

impl MatMul for Fp16 {
    type Left = Left;
    type Right = Right;

    fn multiply(self, strip: &[Left], panel: &[Right], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_part::<0, 8>(strip, panel, tile);
            multiply_part::<16, 24>(strip, panel, tile);
        }
    }
}

impl AttentionKernel for Fp16 {
    /// Powers of 2 are quicker than those of e.
    const SCORE_SCALE: f32 = std::f32::consts::LOG2_E;

    /// Takes the largest score of each query for its `zero`.
    fn all_softmax_weights<'a>(
        self,
        keys: impl Iterator<Item = &'a [Left]>,
        queries: &[Right],
        _: &[f32; COLUMNS],
        weights: &mut [Right],
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { softmax::softmax_weights(keys, queries, weights) }
    }

    /// Runs `work` as it is: it computes in 32 bits, for which the compiler uses what every processor has.
    #[inline(always)]
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Rounds to the nearest 16-bit float, by the one instruction that every processor of this architecture
/// has for it. Returns its bits.
#[inline(always)]
fn f16_bits(number: f32) -> u16 {
    // SAFETY: every processor that this target is built for has these instructions.
    unsafe { vget_lane_u16::<0>(vreinterpret_u16_f16(vcvt_f16_f32(vdupq_n_f32(number)))) }
}

/// Multiplies 12 rows by 8 columns from each of two on, whose sums fill 24 of the 32 registers.
#[target_feature(enable = "neon,fp16")]
fn multiply_part<const NEAR: usize, const FAR: usize>(
    strip: &[Left],
    panel: &[Right],
    tile: &mut Tile,
) {
    for (strip, panel) in strip.chunks(CELLS).zip(panel.chunks(CELLS)) {
        add_block::<NEAR, FAR>(strip, panel, tile);
    }
}

/// Sums in 16 bits. Not inlined: the compiler would keep the tile on the stack, for want of registers.
#[inline(never)]
#[target_feature(enable = "neon,fp16")]
fn add_block<const NEAR: usize, const FAR: usize>(
    strip: &[Left],
    panel: &[Right],
    tile: &mut Tile,
) {
    let mut sums: Sums = zeros();
    add_strip::<NEAR, FAR>(strip, panel, &mut sums);
    for (rows, sums) in tile.as_chunks_mut::<4>().0.iter_mut().zip(&sums) {
        for (row, &[near, far]) in rows.iter_mut().zip(sums) {
            add_pair::<NEAR>(row, widen(near));
            add_pair::<FAR>(row, widen(far));
        }
    }
}

/// Adds the products of a strip and 8 columns of a panel from each of two on.
#[inline]
#[target_feature(enable = "neon,fp16")]
fn add_strip<const NEAR: usize, const FAR: usize>(
    strip: &[Left],
    panel: &[Right],
    sums: &mut Sums,
) {
    for (left, [first, second]) in strip.iter().zip(panel) {
        let (first, second) = (load_pair::<NEAR, FAR>(first), load_pair::<NEAR, FAR>(second));
        add_products(sums, left, first, second);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn zeros() -> Sums {
    [[[vreinterpretq_f16_u16(vdupq_n_u16(0)); 2]; 4]; ROWS / 4]
}

/// Adds the products of a cell of 12 rows and two registers of columns for each of its two numbers.
#[inline]
#[target_feature(enable = "neon,fp16")]
fn add_products(sums: &mut Sums, left: &Left, first: [float16x8_t; 2], second: [float16x8_t; 2]) {
    let left = load_cell(left);
    add_rows::<0, 1, 2, 3>(&mut sums[0], left[0], first);
    add_rows::<4, 5, 6, 7>(&mut sums[1], left[0], first);
    add_rows::<0, 1, 2, 3>(&mut sums[2], left[1], first);
    add_rows::<4, 5, 6, 7>(&mut sums[0], left[1], second);
    add_rows::<0, 1, 2, 3>(&mut sums[1], left[2], second);
    add_rows::<4, 5, 6, 7>(&mut sums[2], left[2], second);
}

/// Adds the products of four rows, the numbers of a register at these places, and two registers of columns.
#[inline]
#[target_feature(enable = "neon,fp16")]
fn add_rows<const A: i32, const B: i32, const C: i32, const D: i32>(
    sums: &mut [[float16x8_t; 2]; 4],
    left: float16x8_t,
    right: [float16x8_t; 2],
) {
    for side in 0..2 {
        sums[0][side] = vfmaq_laneq_f16::<A>(sums[0][side], right[side], left);
        sums[1][side] = vfmaq_laneq_f16::<B>(sums[1][side], right[side], left);
        sums[2][side] = vfmaq_laneq_f16::<C>(sums[2][side], right[side], left);
        sums[3][side] = vfmaq_laneq_f16::<D>(sums[3][side], right[side], left);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(halves: &[u16; 8]) -> float16x8_t {
    // SAFETY: there are 8 numbers.
    vreinterpretq_f16_u16(unsafe { vld1q_u16(halves.as_ptr()) })
}

/// Loads both numbers of all rows.
#[inline]
#[target_feature(enable = "neon")]
fn load_cell(cell: &Left) -> [float16x8_t; 3] {
    let numbers = cell.as_ptr().cast::<u16>();
    // SAFETY: there are 24 numbers.
    let registers =
        unsafe { [vld1q_u16(numbers), vld1q_u16(numbers.add(8)), vld1q_u16(numbers.add(16))] };
    let [first, second, third] = registers;
    [vreinterpretq_f16_u16(first), vreinterpretq_f16_u16(second), vreinterpretq_f16_u16(third)]
}

#[inline]
#[target_feature(enable = "neon")]
fn load_pair<const NEAR: usize, const FAR: usize>(row: &[u16; COLUMNS]) -> [float16x8_t; 2] {
    [load(&row[NEAR..].as_chunks().0[0]), load(&row[FAR..].as_chunks().0[0])]
}

#[inline]
#[target_feature(enable = "neon")]
fn widen(sums: float16x8_t) -> [float32x4_t; 2] {
    [vcvt_f32_f16(vget_low_f16(sums)), vcvt_high_f32_f16(sums)]
}
