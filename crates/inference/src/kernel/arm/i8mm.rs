//! Blocks of 8-bit integers with a scale for each 32.

use std::arch::aarch64::{
    float32x4_t, int32x4_t, uint32x4_t, vcombine_f32, vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s32,
    vfmaq_f32, vld1_f32, vld1q_u32, vmulq_f32, vzip1q_f32,
};
use std::arch::{asm, is_aarch64_feature_detected};

use super::blocks::{load_blocks, store_blocks};
use super::dotprod::quantise;
use crate::kernel::{COLUMNS, Cell, MatMul, ROWS, Tile};
use crate::quantise::GROUP;

/// Products of matrices of bytes, 2 x 8 by 8 x 2 in an instruction, of the numbers that
/// [`Dotprod`](super::Dotprod) multiplies, and in its order: Arm's cores since Cortex-A510, A710 and
/// Neoverse V1, Graviton since the third, Apple's Macs since M2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct I8mm(());

/// Eight neighbours as bytes, the first in the lowest one of the first.
type Eight = [u32; 2];

/// Sums of 12 rows and 4 columns, two by two.
type Sums<T> = [[T; 2]; ROWS / 2];

/// [`GROUP`] numbers of each of some rows or columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<const LANES: usize> {
    eights: [[Eight; LANES]; GROUP / 8],
    scales: [f32; LANES],
}

impl I8mm {
    pub(crate) fn detect() -> Option<Self> {
        (is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("i8mm"))
            .then_some(Self(()))
    }
}

impl<const LANES: usize> Cell for Group<LANES> {
    const DEPTH: usize = GROUP;
    const ZERO: Self = Self { eights: [[[0; 2]; LANES]; GROUP / 8], scales: [0.0; LANES] };

    #[inline(always)]
    fn put(&mut self, lane: usize, numbers: &[f32]) {
        let (scale, fours) = quantise(&numbers.as_chunks().0[0]);
        self.scales[lane] = scale;
        for (lanes, eight) in self.eights.iter_mut().zip(fours.as_chunks().0) {
            lanes[lane] = *eight;
        }
    }
}

impl MatMul for I8mm {
    type Left = Group<ROWS>;
    type Right = Group<COLUMNS>;

    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe {
            multiply_part::<0>(strip, panel, tile);
            multiply_part::<4>(strip, panel, tile);
            multiply_part::<8>(strip, panel, tile);
            multiply_part::<12>(strip, panel, tile);
            multiply_part::<16>(strip, panel, tile);
            multiply_part::<20>(strip, panel, tile);
            multiply_part::<24>(strip, panel, tile);
            multiply_part::<28>(strip, panel, tile);
        }
    }
}

/// Multiplies 12 rows by 4 columns, whose sums fill 12 registers as floats and 12 as integers.
#[target_feature(enable = "neon,i8mm")]
fn multiply_part<const COLUMN: usize>(
    strip: &[Group<ROWS>],
    panel: &[Group<COLUMNS>],
    tile: &mut Tile,
) {
    let rows = tile.as_chunks_mut().0;
    let mut sums: Sums<float32x4_t> = [[vdupq_n_f32(0.0); 2]; ROWS / 2];
    for (sums, [upper, lower]) in sums.iter_mut().zip(&*rows) {
        *sums = load_blocks(&upper[COLUMN..].as_chunks().0[0], &lower[COLUMN..].as_chunks().0[0]);
    }
    for (left, right) in strip.iter().zip(panel) {
        let mut integers: Sums<int32x4_t> = [[vdupq_n_s32(0); 2]; ROWS / 2];
        for (left, right) in left.eights.iter().zip(&right.eights) {
            add_products::<COLUMN>(&mut integers, left, right);
        }
        let scales = right.scales[COLUMN..].as_chunks().0;
        let scales = [twice(scales[0]), twice(scales[1])];
        for ((sums, integers), row_scales) in
            sums.iter_mut().zip(&integers).zip(left.scales.as_chunks().0)
        {
            let row_scales = each_twice(*row_scales);
            for ((sum, &integers), scales) in sums.iter_mut().zip(integers).zip(scales) {
                *sum = vfmaq_f32(*sum, vcvtq_f32_s32(integers), vmulq_f32(scales, row_scales));
            }
        }
    }
    for ([upper, lower], sums) in rows.iter_mut().zip(&sums) {
        let (upper, lower) =
            (&mut upper[COLUMN..].as_chunks_mut().0[0], &mut lower[COLUMN..].as_chunks_mut().0[0]);
        store_blocks(upper, lower, *sums);
    }
}

/// Adds the products of eight neighbours of 12 rows and 4 columns.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn add_products<const COLUMN: usize>(
    sums: &mut Sums<int32x4_t>,
    left: &[Eight; ROWS],
    right: &[Eight; COLUMNS],
) {
    let right = right[COLUMN..].as_chunks().0;
    let right = [load_eights(&right[0]), load_eights(&right[1])];
    for (sums, left) in sums.iter_mut().zip(left.as_chunks().0) {
        let left = load_eights(left);
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = add_block(*sum, left, right);
        }
    }
}

/// Adds the products of two rows and two columns of eight bytes each.
///
/// Not `pure`: the compiler would change the order, and then keep some of the sums on the stack.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn add_block(mut sums: int32x4_t, rows: uint32x4_t, columns: uint32x4_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes registers alone.
    unsafe {
        asm!(
            "smmla {sums:v}.4s, {rows:v}.16b, {columns:v}.16b",
            sums = inout(vreg) sums,
            rows = in(vreg) rows,
            columns = in(vreg) columns,
            options(nomem, nostack, preserves_flags)
        );
    }
    sums
}

/// Loads the scales of two columns, once for each row of a block.
#[inline]
#[target_feature(enable = "neon")]
fn twice(scales: [f32; 2]) -> float32x4_t {
    // SAFETY: there are 2 numbers.
    let scales = unsafe { vld1_f32(scales.as_ptr()) };
    vcombine_f32(scales, scales)
}

/// Loads the scales of two rows, each once for each column of a block.
#[inline]
#[target_feature(enable = "neon")]
fn each_twice(scales: [f32; 2]) -> float32x4_t {
    let scales = twice(scales);
    vzip1q_f32(scales, scales)
}

#[inline]
#[target_feature(enable = "neon")]
fn load_eights(eights: &[Eight; 2]) -> uint32x4_t {
    // SAFETY: there are 4 numbers.
    unsafe { vld1q_u32(eights.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::arm::Dotprod;
    use crate::kernel::put;

    #[test]
    fn products_are_those_of_dotprod_to_the_last_bit() {
        let Some((kernel, reference)) = I8mm::detect().zip(Dotprod::detect()) else { return };
        let (found, expected) = (product(kernel), product(reference));
        assert_eq!(
            found.map(|row| row.map(f32::to_bits)),
            expected.map(|row| row.map(f32::to_bits))
        );
    }

    /// Multiplies random rows by random columns, a few groups deep.
    fn product<L: MatMul>(kernel: L) -> Tile {
        const GROUPS: usize = 5;
        let mut random = fastrand::Rng::with_seed(1);
        let mut numbers = || [(); GROUPS * GROUP].map(|()| random.f32() - 0.5);
        let (mut strip, mut panel) = ([L::Left::ZERO; GROUPS], [L::Right::ZERO; GROUPS]);
        (0..ROWS).for_each(|row| put(&mut strip, row, &numbers()));
        (0..COLUMNS).for_each(|column| put(&mut panel, column, &numbers()));
        let mut tile = [[0.3; COLUMNS]; ROWS];
        kernel.multiply(&strip, &panel, &mut tile);
        tile
    }
}
