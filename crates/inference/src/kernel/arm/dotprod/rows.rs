//! Products of few rows of 8-bit weights: rows are quantised to 15 bits, in two bytes.

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vaddvq_f32, vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s32, vfmaq_n_f32,
    vld1q_s8, vshlq_n_s32,
};
use std::arch::asm;

use super::Dotprod;
use crate::kernel::RowKernel;
use crate::quantise::{GROUP, ROUND};
use crate::shape::HEAD;

/// Largest integer of a row: its upper byte is 127 then, its lower one 0.
const LARGEST: f32 = 127.0 * 256.0;

/// Row of integers, [`GROUP`] by [`GROUP`].
struct Row {
    groups: Vec<[[i8; GROUP]; 2]>,
    scale: f32,
}

/// Dot products as on every processor, but for weights of 8 bits: integers are multiplied as they are. Quantised
/// as finely as this, the rows lose less than a hundredth of what the weights have lost.
impl RowKernel for Dotprod {
    const ABREAST: usize = 2;

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

    fn dot_int8<const N: usize>(
        self,
        weights: &[i8],
        scales: &[f32],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        let rows = rows.map(Row::new);
        let groups = rows[0].groups.len();
        let outputs = weights.as_chunks().0.chunks_exact(groups).zip(scales.chunks_exact(groups));
        for (output, (weights, scales)) in outputs.enumerate() {
            // SAFETY: `detect` has found the features.
            take(output, unsafe { dot_int8(weights, scales, &rows) });
        }
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

impl Row {
    fn new(numbers: &[f32]) -> Self {
        let mut largest = 0.0;
        for number in numbers {
            let size = number.abs();
            largest = if size > largest { size } else { largest };
        }
        let inverse = if largest > 0.0 { LARGEST / largest } else { 0.0 };
        let mut groups = Vec::with_capacity(numbers.len() / GROUP);
        for numbers in numbers.as_chunks::<GROUP>().0 {
            let mut bytes = [[0; GROUP]; 2];
            let [upper, lower] = &mut bytes;
            for ((number, upper), lower) in numbers.iter().zip(upper).zip(lower) {
                // The lower byte has a sign, too: the upper one is that of the nearest multiple of 256.
                let integer = (number * inverse + ROUND).to_bits();
                *lower = integer.to_le_bytes()[0].cast_signed();
                *upper = (integer + 128).to_le_bytes()[1].cast_signed();
            }
            groups.push(bytes);
        }
        Self { groups, scale: largest / LARGEST }
    }
}

#[target_feature(enable = "neon,dotprod")]
fn dot_int8<const N: usize>(weights: &[[i8; GROUP]], scales: &[f32], rows: &[Row; N]) -> [f32; N] {
    let mut sums = [vdupq_n_f32(0.0); N];
    for (index, (weights, &scale)) in weights.iter().zip(scales).enumerate() {
        let weights = load(weights);
        for (sum, row) in sums.iter_mut().zip(rows) {
            let [upper, lower] = &row.groups[index];
            let upper = vshlq_n_s32::<8>(add_products(vdupq_n_s32(0), weights, load(upper)));
            let integers = add_products(upper, weights, load(lower));
            *sum = vfmaq_n_f32(*sum, vcvtq_f32_s32(integers), scale);
        }
    }
    let mut products = [0.0; N];
    for ((product, sum), row) in products.iter_mut().zip(&sums).zip(rows) {
        *product = vaddvq_f32(*sum) * row.scale;
    }
    products
}

#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products(sum: int32x4_t, weights: [int8x16_t; 2], row: [int8x16_t; 2]) -> int32x4_t {
    dot(dot(sum, weights[0], row[0]), weights[1], row[1])
}

/// Adds the dot product of each four bytes to a sum.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot(mut sum: int32x4_t, weights: int8x16_t, row: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes registers alone.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {weights:v}.16b, {row:v}.16b",
            sum = inout(vreg) sum,
            weights = in(vreg) weights,
            row = in(vreg) row,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sum
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[i8; GROUP]) -> [int8x16_t; 2] {
    let (first, second) = bytes.split_at(16);
    // SAFETY: each has 16 bytes.
    unsafe { [vld1q_s8(first.as_ptr()), vld1q_s8(second.as_ptr())] }
}
