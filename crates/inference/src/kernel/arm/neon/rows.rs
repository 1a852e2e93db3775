//! Products of few rows: weights of 16 or 8 bits are widened in registers.

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vaddvq_f32, vcombine_u16, vcvt_f16_f32, vcvt_f32_f16,
    vcvt_high_f32_f16, vcvtq_f32_s32, vdupq_n_f32, vfmaq_f32, vfmaq_n_f32, vget_low_f16,
    vget_low_s8, vget_low_s16, vld1q_s8, vld1q_u16, vmovl_high_s8, vmovl_high_s16, vmovl_s8,
    vmovl_s16, vreinterpret_u16_f16, vreinterpretq_f16_u16, vst1q_u16,
};

use super::{Neon, load, store};
use crate::kernel::RowKernel;
use crate::quantise::GROUP;
use crate::shape::HEAD;

/// Numbers in a register.
const LANES: usize = 4;

/// Registers whose sums do not wait for each other.
const ABREAST: usize = 4;

/// Numbers that are multiplied at a time.
const STEP: usize = LANES * ABREAST;

type Sixteen = [float32x4_t; ABREAST];

impl RowKernel for Neon {
    const ABREAST: usize = 2;

    fn dot_f32<const N: usize>(
        self,
        weights: &[f32],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
            // SAFETY: `detect` has found the feature.
            take(output, unsafe { dot(weights.as_chunks().0, rows, |weights| load_all(weights)) });
        }
    }

    fn dot_f16<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
            // SAFETY: `detect` has found the feature.
            take(output, unsafe { dot(weights.as_chunks().0, rows, |weights| widen(weights)) });
        }
    }

    fn dot_int8<const N: usize>(
        self,
        weights: &[i8],
        scales: &[f32],
        rows: [&[f32]; N],
        mut take: impl FnMut(usize, [f32; N]),
    ) {
        let depth = rows[0].len();
        let outputs = weights.chunks_exact(depth).zip(scales.chunks_exact(depth / GROUP));
        for (output, (weights, scales)) in outputs.enumerate() {
            // SAFETY: `detect` has found the feature.
            take(output, unsafe { dot_int8(weights, scales, rows) });
        }
    }

    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N] {
        // SAFETY: `detect` has found the feature.
        weights.map(|weights| unsafe { weighted_sum(weights, values) })
    }

    fn to_f16(self, numbers: &[f32], halves: &mut [u16]) {
        // SAFETY: `detect` has found the feature.
        unsafe { to_f16(numbers, halves) }
    }
}

/// Dot products of rows and weights, which `widen` makes floats.
#[target_feature(enable = "neon")]
fn dot<W, const N: usize>(
    weights: &[[W; STEP]],
    rows: [&[f32]; N],
    widen: impl Fn(&[W; STEP]) -> Sixteen,
) -> [f32; N] {
    let mut sums = [[vdupq_n_f32(0.0); ABREAST]; N];
    for (index, weights) in weights.iter().enumerate() {
        add_products(&mut sums, widen(weights), rows, index);
    }
    totals(&sums)
}

#[target_feature(enable = "neon")]
fn dot_int8<const N: usize>(weights: &[i8], scales: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    let mut sums = [[vdupq_n_f32(0.0); ABREAST]; N];
    let groups = weights.as_chunks::<GROUP>().0.iter().zip(scales);
    for (group, (weights, &scale)) in groups.enumerate() {
        let mut products = [[vdupq_n_f32(0.0); ABREAST]; N];
        for (half, weights) in weights.as_chunks().0.iter().enumerate() {
            let at = group * (GROUP / STEP) + half;
            add_products(&mut products, integers(weights), rows, at);
        }
        for (sums, products) in sums.as_flattened_mut().iter_mut().zip(products.as_flattened()) {
            *sums = vfmaq_n_f32(*sums, *products, scale);
        }
    }
    totals(&sums)
}

/// Adds the products of weights and the numbers of each row at a step.
#[inline]
#[target_feature(enable = "neon")]
fn add_products<const N: usize>(
    sums: &mut [Sixteen; N],
    weights: Sixteen,
    rows: [&[f32]; N],
    step: usize,
) {
    for (sums, row) in sums.iter_mut().zip(rows) {
        let numbers = load_all(&row[step * STEP..].as_chunks().0[0]);
        for part in 0..ABREAST {
            sums[part] = vfmaq_f32(sums[part], weights[part], numbers[part]);
        }
    }
}

#[target_feature(enable = "neon")]
fn weighted_sum(weights: &[f32], values: &[u16]) -> [f32; HEAD] {
    let mut sums = [[vdupq_n_f32(0.0); ABREAST]; HEAD / STEP];
    for (&weight, value) in weights.iter().zip(values.as_chunks::<HEAD>().0) {
        for (sums, value) in sums.iter_mut().zip(value.as_chunks().0) {
            let value = widen(value);
            for part in 0..ABREAST {
                sums[part] = vfmaq_n_f32(sums[part], value[part], weight);
            }
        }
    }
    let mut sum = [0.0; HEAD];
    for (numbers, sums) in sum.as_chunks_mut().0.iter_mut().zip(sums.as_flattened()) {
        store(numbers, *sums);
    }
    sum
}

#[target_feature(enable = "neon")]
fn to_f16(numbers: &[f32], halves: &mut [u16]) {
    let halves = halves.as_chunks_mut::<8>().0;
    for (numbers, halves) in numbers.as_chunks::<8>().0.iter().zip(halves) {
        let numbers = numbers.as_chunks().0;
        let first = vreinterpret_u16_f16(vcvt_f16_f32(load(&numbers[0])));
        let second = vreinterpret_u16_f16(vcvt_f16_f32(load(&numbers[1])));
        // SAFETY: there are 8 numbers.
        unsafe { vst1q_u16(halves.as_mut_ptr(), vcombine_u16(first, second)) }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_all(numbers: &[f32; STEP]) -> Sixteen {
    let fours = numbers.as_chunks().0;
    [load(&fours[0]), load(&fours[1]), load(&fours[2]), load(&fours[3])]
}

#[inline]
#[target_feature(enable = "neon")]
fn widen(halves: &[u16; STEP]) -> Sixteen {
    let (first, second) = halves.split_at(8);
    // SAFETY: each has 8 numbers.
    let (first, second) = unsafe { (vld1q_u16(first.as_ptr()), vld1q_u16(second.as_ptr())) };
    let (first, second) = (vreinterpretq_f16_u16(first), vreinterpretq_f16_u16(second));
    [
        vcvt_f32_f16(vget_low_f16(first)),
        vcvt_high_f32_f16(first),
        vcvt_f32_f16(vget_low_f16(second)),
        vcvt_high_f32_f16(second),
    ]
}

#[inline]
#[target_feature(enable = "neon")]
fn integers(bytes: &[i8; STEP]) -> Sixteen {
    // SAFETY: there are 16 bytes.
    let bytes = unsafe { vld1q_s8(bytes.as_ptr()) };
    let (first, second) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
    [
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(first))),
        vcvtq_f32_s32(vmovl_high_s16(first)),
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(second))),
        vcvtq_f32_s32(vmovl_high_s16(second)),
    ]
}

/// Adds up all sums of each row.
#[inline]
#[target_feature(enable = "neon")]
fn totals<const N: usize>(sums: &[Sixteen; N]) -> [f32; N] {
    // Not `map`, which is a call where it is not inlined.
    let mut totals = [0.0; N];
    for (total, &[a, b, c, d]) in totals.iter_mut().zip(sums) {
        *total = vaddvq_f32(vaddq_f32(vaddq_f32(a, b), vaddq_f32(c, d)));
    }
    totals
}
