//! Products of few rows of 8-bit weights: rows are quantised to 16 bits, in two bytes.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s8, vdupq_n_s32, vfmaq_f32, vld1q_s8,
    vmulq_n_f32, vshlq_n_s32,
};

use super::{Dotprod, dot_lane};
use crate::kernel::arm::neon::{load, store};
use crate::kernel::{OUTPUTS, RowCell, RowKernel};
use crate::quantise::{GROUP, QuantisedRow};
use crate::shape::HEAD;

/// Numbers in a register of sums.
const LANES: usize = 4;

/// Bytes in a register.
const BYTES: usize = 16;

/// Row of integers, [`GROUP`] by [`GROUP`], as their upper bytes and their lower ones, which have a sign, too.
pub(crate) struct Row {
    groups: Vec<[[i8; GROUP]; 2]>,
    scale: f32,
}

type Sums = [int32x4_t; OUTPUTS / LANES];

/// Dot products as on every processor, but for weights of 8 bits: four are multiplied and added up at once.
impl RowKernel for Dotprod {
    const ABREAST: usize = 2;
    const NEIGHBOURS: usize = 4;

    type Row = Row;

    fn quantise_row(self, numbers: &[f32]) -> Row {
        let QuantisedRow { groups, scale } = QuantisedRow::new(numbers);
        Row { groups: groups.iter().map(split).collect(), scale }
    }

    #[inline(always)]
    fn dot_f32<const N: usize>(
        self,
        weights: &[f32],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        self.neon.dot_f32(weights, rows, take);
    }

    #[inline(always)]
    fn dot_f16<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        self.neon.dot_f16(weights, rows, take);
    }

    #[inline(always)]
    fn dot_int8<const N: usize>(self, panel: &[RowCell], rows: [&Row; N]) -> [[f32; OUTPUTS]; N] {
        // SAFETY: `detect` has found the features.
        unsafe { dot_int8(panel, rows) }
    }

    #[inline(always)]
    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N] {
        self.neon.weighted_sums(weights, values)
    }

    #[inline(always)]
    fn to_f16(self, numbers: &[f32], halves: &mut [u16]) {
        self.neon.to_f16(numbers, halves);
    }
}

/// Splits integers into bytes: the upper one is that of the nearest multiple of 256.
fn split(integers: &[i16; GROUP]) -> [[i8; GROUP]; 2] {
    let upper = integers.map(|it| (it + 128).to_le_bytes()[1].cast_signed());
    let lower = integers.map(|it| it.to_le_bytes()[0].cast_signed());
    [upper, lower]
}

#[target_feature(enable = "neon,dotprod")]
fn dot_int8<const N: usize>(panel: &[RowCell], rows: [&Row; N]) -> [[f32; OUTPUTS]; N] {
    let mut sums = [[vdupq_n_f32(0.0); OUTPUTS / LANES]; N];
    let groups = rows.map(|row| &row.groups[..panel.len()]);
    for (index, cell) in panel.iter().enumerate() {
        let mut integers = [[vdupq_n_s32(0); OUTPUTS / LANES]; N];
        for byte in 0..2 {
            for sums in integers.as_flattened_mut() {
                *sums = vshlq_n_s32::<8>(*sums);
            }
            let weights = cell.integers.as_chunks::<{ BYTES * OUTPUTS }>().0;
            for (half, weights) in weights.iter().enumerate() {
                let mut numbers = [vdupq_n_s8(0); N];
                for (numbers, groups) in numbers.iter_mut().zip(groups) {
                    *numbers = load_bytes(&groups[index][byte].as_chunks().0[half]);
                }
                let fours = weights.as_chunks().0;
                add_products::<0, N>(&mut integers, &fours[0], numbers);
                add_products::<1, N>(&mut integers, &fours[1], numbers);
                add_products::<2, N>(&mut integers, &fours[2], numbers);
                add_products::<3, N>(&mut integers, &fours[3], numbers);
            }
        }
        for (part, scales) in cell.scales.as_chunks().0.iter().enumerate() {
            let scales = load(scales);
            for (sums, integers) in sums.iter_mut().zip(&integers) {
                sums[part] = vfmaq_f32(sums[part], vcvtq_f32_s32(integers[part]), scales);
            }
        }
    }
    let mut products = [[0.0; OUTPUTS]; N];
    for ((products, sums), row) in products.iter_mut().zip(&sums).zip(rows) {
        for (products, sums) in products.as_chunks_mut().0.iter_mut().zip(sums) {
            store(products, vmulq_n_f32(*sums, row.scale));
        }
    }
    products
}

/// Adds the products of four neighbours of each output and the bytes of each row at a place.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products<const PLACE: i32, const N: usize>(
    sums: &mut [Sums; N],
    weights: &[i8; 4 * OUTPUTS],
    rows: [int8x16_t; N],
) {
    for (part, weights) in weights.as_chunks().0.iter().enumerate() {
        let weights = load_bytes(weights);
        for (sums, row) in sums.iter_mut().zip(rows) {
            sums[part] = dot_lane::<PLACE>(sums[part], weights, row);
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_bytes(bytes: &[i8; BYTES]) -> int8x16_t {
    // SAFETY: there are 16 bytes.
    unsafe { vld1q_s8(bytes.as_ptr()) }
}
