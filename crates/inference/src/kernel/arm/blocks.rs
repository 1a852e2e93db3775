//! Blocks of 2 x 2 sums in a register, row-major, as the instructions that multiply matrices add to them.

use std::arch::aarch64::{float32x4_t, vcombine_f32, vget_high_f32, vget_low_f32};

use super::neon::{load, store};

/// Loads four columns of two rows as two blocks.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_blocks(upper: &[f32; 4], lower: &[f32; 4]) -> [float32x4_t; 2] {
    swap_halves([load(upper), load(lower)])
}

/// Stores two blocks as four columns of two rows.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store_blocks(upper: &mut [f32; 4], lower: &mut [f32; 4], blocks: [float32x4_t; 2]) {
    let rows = swap_halves(blocks);
    store(upper, rows[0]);
    store(lower, rows[1]);
}

/// Swaps the upper half of the first with the lower half of the second.
#[inline]
#[target_feature(enable = "neon")]
fn swap_halves([first, second]: [float32x4_t; 2]) -> [float32x4_t; 2] {
    [
        vcombine_f32(vget_low_f32(first), vget_low_f32(second)),
        vcombine_f32(vget_high_f32(first), vget_high_f32(second)),
    ]
}
