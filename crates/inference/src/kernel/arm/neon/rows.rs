//! Products of few rows: weights of 16 or 8 bits are widened in registers.

use std::arch::aarch64::{
    float32x4_t, int16x8_t, int32x4_t, vaddq_f32, vaddvq_f32, vcombine_u16, vcvt_f16_f32,
    vcvt_f32_f16, vcvt_high_f32_f16, vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s32, vfmaq_f32,
    vfmaq_n_f32, vget_low_f16, vget_low_s8, vget_low_s16, vld1q_s8, vld1q_s16, vld1q_u16,
    vmlal_high_laneq_s16, vmlal_laneq_s16, vmovl_high_s8, vmovl_s8, vmulq_n_f32,
    vreinterpret_u16_f16, vreinterpretq_f16_u16, vst1q_u16,
};

use super::{Neon, load, store};
use crate::kernel::{OUTPUTS, RowCell, RowKernel};
use crate::quantise::QuantisedRow;
use crate::shape::HEAD;

/// Numbers in a register.
const LANES: usize = 4;

/// Registers whose sums do not wait for each other.
const ABREAST: usize = 4;

/// Integers of a row in a register.
const HALF: usize = 8;

/// Numbers that are multiplied at a time.
const STEP: usize = LANES * ABREAST;

type Sixteen = [float32x4_t; ABREAST];

impl RowKernel for Neon {
    const ABREAST: usize = 2;
    const NEIGHBOURS: usize = 1;

    type Row = QuantisedRow;

    fn quantise_row(self, numbers: &[f32]) -> QuantisedRow {
        QuantisedRow::new(numbers)
    }

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
        panel: &[RowCell],
        rows: [&QuantisedRow; N],
    ) -> [[f32; OUTPUTS]; N] {
        // SAFETY: `detect` has found the feature.
        unsafe { dot_int8(panel, rows) }
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
fn dot_int8<const N: usize>(panel: &[RowCell], rows: [&QuantisedRow; N]) -> [[f32; OUTPUTS]; N] {
    let mut sums = [[vdupq_n_f32(0.0); ABREAST]; N];
    let groups = rows.map(|row| &row.groups[..panel.len()]);
    for (index, cell) in panel.iter().enumerate() {
        let mut integers = [[vdupq_n_s32(0); ABREAST]; N];
        for (half, weights) in cell.integers.as_chunks::<{ HALF * OUTPUTS }>().0.iter().enumerate()
        {
            let weights = weights.as_chunks().0;
            for (sums, groups) in integers.iter_mut().zip(groups) {
                let numbers = load_integers(&groups[index].as_chunks().0[half]);
                add_integers::<0>(sums, &weights[0], numbers);
                add_integers::<1>(sums, &weights[1], numbers);
                add_integers::<2>(sums, &weights[2], numbers);
                add_integers::<3>(sums, &weights[3], numbers);
                add_integers::<4>(sums, &weights[4], numbers);
                add_integers::<5>(sums, &weights[5], numbers);
                add_integers::<6>(sums, &weights[6], numbers);
                add_integers::<7>(sums, &weights[7], numbers);
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

/// Adds the products of a weight of each output and the number of a row at a place.
#[inline]
#[target_feature(enable = "neon")]
fn add_integers<const PLACE: i32>(
    [a, b, c, d]: &mut [int32x4_t; ABREAST],
    weights: &[i8; OUTPUTS],
    numbers: int16x8_t,
) {
    // SAFETY: there are 16 bytes.
    let weights = unsafe { vld1q_s8(weights.as_ptr()) };
    let (first, second) = (vmovl_s8(vget_low_s8(weights)), vmovl_high_s8(weights));
    *a = vmlal_laneq_s16::<PLACE>(*a, vget_low_s16(first), numbers);
    *b = vmlal_high_laneq_s16::<PLACE>(*b, first, numbers);
    *c = vmlal_laneq_s16::<PLACE>(*c, vget_low_s16(second), numbers);
    *d = vmlal_high_laneq_s16::<PLACE>(*d, second, numbers);
}

#[inline]
#[target_feature(enable = "neon")]
fn load_integers(integers: &[i16; HALF]) -> int16x8_t {
    // SAFETY: there are 8 numbers.
    unsafe { vld1q_s16(integers.as_ptr()) }
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
