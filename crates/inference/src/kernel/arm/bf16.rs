//! Blocks of `bfloat16`, summed in 32 bits.

use std::arch::aarch64::{
    float32x4_t, uint64x2_t, vdupq_n_f32, vld1q_u64, vmaxq_f32, vminq_f32, vst1q_u64, vsubq_f32,
    vuzp1q_f32, vuzp2q_f32,
};
use std::arch::{asm, is_aarch64_feature_detected};

use super::blocks::{load_blocks, store_blocks};
use super::neon::{exp2, load};
use crate::float::bf16_bits;
use crate::kernel::{AttentionKernel, COLUMNS, Cell, MatMul, ROWS, Tile};

/// Products of matrices of `bfloat16`, 2 x 4 by 4 x 2 in an instruction, summed in 32 bits: Arm's cores since
/// Cortex-A510, A710 and Neoverse V1, Graviton since the third, Apple's Macs since M2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bf16(());

/// Four neighbours as `bfloat16`, the first in the lowest bits.
type Four = u64;

/// Sums of 12 rows and 8 columns, two by two.
type Sums = [[float32x4_t; 4]; ROWS / 2];

impl Bf16 {
    pub(crate) fn detect() -> Option<Self> {
        (is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("bf16"))
            .then_some(Self(()))
    }
}

impl<const LANES: usize> Cell for [Four; LANES] {
    const DEPTH: usize = 4;
    const ZERO: Self = [0; LANES];

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let bits = |number: f32| u64::from(bf16_bits(number));
        let [first, second, third, fourth] = numbers.as_chunks().0[0].map(bits);
        self[lane] = first | second << 16 | third << 32 | fourth << 48;
    }
}

impl MatMul for Bf16 {
    type Left = [Four; ROWS];
    type Right = [Four; COLUMNS];

    fn put_tile(self, strip: &mut [[Four; ROWS]], tile: &Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { put_tile(strip, tile) }
    }

    fn multiply(self, strip: &[[Four; ROWS]], panel: &[[Four; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_part::<0>(strip, panel, tile);
            multiply_part::<8>(strip, panel, tile);
            multiply_part::<16>(strip, panel, tile);
            multiply_part::<24>(strip, panel, tile);
        }
    }
}

impl AttentionKernel for Bf16 {
    /// Powers of 2 are quicker than those of e.
    const SCORE_SCALE: f32 = std::f32::consts::LOG2_E;

    fn softmax_weights(
        self,
        keys: &[[Four; ROWS]],
        queries: &[[Four; COLUMNS]],
        zero: &[f32; COLUMNS],
        weights: &mut [[Four; COLUMNS]],
    ) {
        // SAFETY: `detect` has found the features.
        unsafe {
            put_weights::<0>(keys, queries, zero, weights);
            put_weights::<8>(keys, queries, zero, weights);
            put_weights::<16>(keys, queries, zero, weights);
            put_weights::<24>(keys, queries, zero, weights);
        }
    }

    /// Runs `work` as it is: it computes in 32 bits, for which the compiler uses what every processor has.
    #[inline(always)]
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Rounds two rows at a time.
#[target_feature(enable = "neon,bf16")]
fn put_tile(strip: &mut [[Four; ROWS]], tile: &Tile) {
    for (pair, [upper, lower]) in tile.as_chunks::<2>().0.iter().enumerate() {
        let numbers = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
        for (cell, (upper, lower)) in strip.iter_mut().zip(numbers) {
            store_fours(&mut cell.as_chunks_mut().0[pair], round(load(upper), load(lower)));
        }
    }
}

/// Multiplies 12 rows by 8 columns, whose sums fill 24 of the 32 registers.
#[target_feature(enable = "neon,bf16")]
fn multiply_part<const COLUMN: usize>(
    strip: &[[Four; ROWS]],
    panel: &[[Four; COLUMNS]],
    tile: &mut Tile,
) {
    let rows = tile.as_chunks_mut::<2>().0;
    let mut sums: Sums = [[vdupq_n_f32(0.0); 4]; ROWS / 2];
    for (sums, [upper, lower]) in sums.iter_mut().zip(&*rows) {
        let (upper, lower) = (upper[COLUMN..].as_chunks().0, lower[COLUMN..].as_chunks().0);
        let [near, far] = [load_blocks(&upper[0], &lower[0]), load_blocks(&upper[1], &lower[1])];
        *sums = [near[0], near[1], far[0], far[1]];
    }
    add_products::<COLUMN>(strip, panel, &mut sums);
    for ([upper, lower], sums) in rows.iter_mut().zip(&sums) {
        let (upper, lower) = (upper[COLUMN..].as_chunks_mut().0, lower[COLUMN..].as_chunks_mut().0);
        store_blocks(&mut upper[0], &mut lower[0], [sums[0], sums[1]]);
        store_blocks(&mut upper[1], &mut lower[1], [sums[2], sums[3]]);
    }
}

/// Keeps the scores between 12 keys and 8 queries in registers: only their powers of 2 are written.
#[target_feature(enable = "neon,bf16")]
fn put_weights<const COLUMN: usize>(
    keys: &[[Four; ROWS]],
    queries: &[[Four; COLUMNS]],
    zero: &[f32; COLUMNS],
    weights: &mut [[Four; COLUMNS]],
) {
    let mut sums: Sums = [[vdupq_n_f32(0.0); 4]; ROWS / 2];
    add_products::<COLUMN>(keys, queries, &mut sums);
    for (weights, [upper, lower]) in weights.iter_mut().zip(sums.as_chunks().0) {
        let columns = weights[COLUMN..COLUMN + 8].as_chunks_mut().0.iter_mut();
        let columns = columns.zip(zero[COLUMN..COLUMN + 8].as_chunks::<2>().0);
        for ((weights, zero), (&upper, &lower)) in columns.zip(upper.iter().zip(lower)) {
            let first = powers(vuzp1q_f32(upper, lower), zero[0]);
            let second = powers(vuzp2q_f32(upper, lower), zero[1]);
            store_fours(weights, round(first, second));
        }
    }
}

/// Adds the products of a strip and 8 columns of a panel.
#[inline]
#[target_feature(enable = "neon,bf16")]
fn add_products<const COLUMN: usize>(
    strip: &[[Four; ROWS]],
    panel: &[[Four; COLUMNS]],
    sums: &mut Sums,
) {
    for (left, right) in strip.iter().zip(panel) {
        let right = right[COLUMN..COLUMN + 8].as_chunks().0;
        let right = [
            load_fours(&right[0]),
            load_fours(&right[1]),
            load_fours(&right[2]),
            load_fours(&right[3]),
        ];
        for (sums, left) in sums.iter_mut().zip(left.as_chunks().0) {
            let left = load_fours(left);
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = add_block(*sum, left, right);
            }
        }
    }
}

/// Adds the products of two rows and two columns of four numbers each.
#[inline]
#[target_feature(enable = "neon,bf16")]
fn add_block(mut sums: float32x4_t, rows: uint64x2_t, columns: uint64x2_t) -> float32x4_t {
    // SAFETY: the instruction reads and writes registers alone.
    unsafe {
        asm!(
            "bfmmla {sums:v}.4s, {rows:v}.8h, {columns:v}.8h",
            sums = inout(vreg) sums,
            rows = in(vreg) rows,
            columns = in(vreg) columns,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sums
}

/// Computes 2 to the power of each score less `zero`. A power that would not fit its format is as large as
/// may be, which is seen in the sum of the weights.
#[inline]
#[target_feature(enable = "neon")]
fn powers(scores: float32x4_t, zero: f32) -> float32x4_t {
    let scores = vsubq_f32(scores, vdupq_n_f32(zero));
    exp2(vminq_f32(vmaxq_f32(scores, vdupq_n_f32(-126.0)), vdupq_n_f32(127.0)))
}

/// Rounds the numbers of two registers to the nearest `bfloat16`.
#[inline]
#[target_feature(enable = "neon,bf16")]
fn round(first: float32x4_t, second: float32x4_t) -> uint64x2_t {
    let fours;
    // SAFETY: the instructions read and write registers alone, and flags that tell of rounding.
    unsafe {
        asm!(
            "bfcvtn {fours:v}.4h, {first:v}.4s",
            "bfcvtn2 {fours:v}.8h, {second:v}.4s",
            fours = out(vreg) fours,
            first = in(vreg) first,
            second = in(vreg) second,
            options(pure, nomem, nostack)
        );
    }
    fours
}

#[inline]
#[target_feature(enable = "neon")]
fn load_fours(fours: &[Four; 2]) -> uint64x2_t {
    // SAFETY: there are 2 numbers.
    unsafe { vld1q_u64(fours.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_fours(fours: &mut [Four; 2], register: uint64x2_t) {
    // SAFETY: there are 2 numbers.
    unsafe { vst1q_u64(fours.as_mut_ptr(), register) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::put;

    #[test]
    fn tiles_become_what_their_numbers_become_one_by_one() {
        let Some(kernel) = Bf16::detect() else { return };
        let mut random = fastrand::Rng::with_seed(1);
        let mut tile = [[0.0; COLUMNS]; ROWS];
        tile.as_flattened_mut().iter_mut().for_each(|number| *number = random.f32() * 16.0 - 8.0);
        tile[0][..4].copy_from_slice(&[-1e4, 1e4, 0.0, 100.0]);
        let (mut expected, mut found) = ([[0; ROWS]; COLUMNS / 4], [[0; ROWS]; COLUMNS / 4]);
        for (row, numbers) in tile.iter().enumerate() {
            put(&mut expected, row, numbers);
        }
        kernel.put_tile(&mut found, &tile);
        assert_eq!(found, expected);
    }
}
