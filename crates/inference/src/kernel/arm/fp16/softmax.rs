//! Softmax weights as 16-bit floats, whose range wants the largest score of each query first.

use std::arch::aarch64::{
    float16x8_t, vcombine_f16, vcvt_f16_f32, vdupq_n_f32, vdupq_n_u16, vmaxq_f16, vmaxq_f32,
    vreinterpretq_f16_u16, vreinterpretq_u16_f16, vst1q_u16, vsubq_f16,
};

use super::{Left, Right, Sums, add_strip, load, widen, zeros};
use crate::kernel::arm::neon::exp2;
use crate::kernel::{COLUMNS, ROWS};

/// Registers that a row of weights fills.
const REGISTERS: usize = COLUMNS / 8;

/// Less than any score.
const LOWEST: u16 = 0xfc00;

/// Powers of 2 below this one are nothing in 16 bits.
const NOTHING: f32 = -30.0;

/// Writes the scores of all keys to where their weights belong, then replaces them by their powers of 2,
/// less the largest of each query.
#[target_feature(enable = "neon,fp16")]
pub(super) fn softmax_weights<'a>(
    keys: impl Iterator<Item = &'a [Left]>,
    queries: &[Right],
    weights: &mut [Right],
) {
    let mut largest = [vreinterpretq_f16_u16(vdupq_n_u16(LOWEST)); REGISTERS];
    for (keys, scores) in keys.zip(weights.as_chunks_mut().0) {
        put_scores::<0, 8>(keys, queries, scores, &mut largest);
        put_scores::<16, 24>(keys, queries, scores, &mut largest);
    }
    for weights in weights {
        for row in weights {
            for (register, largest) in largest.iter().enumerate() {
                let numbers = &mut row.as_chunks_mut().0[register];
                store(numbers, powers(vsubq_f16(load(numbers), *largest)));
            }
        }
    }
}

/// Computes the scores between 12 keys and 8 queries from each of two on.
#[inline(never)]
#[target_feature(enable = "neon,fp16")]
fn put_scores<const NEAR: usize, const FAR: usize>(
    keys: &[Left],
    queries: &[Right],
    scores: &mut [Right; ROWS / 2],
    largest: &mut [float16x8_t; REGISTERS],
) {
    let mut sums: Sums = zeros();
    add_strip::<NEAR, FAR>(keys, queries, &mut sums);
    let [mut near_largest, mut far_largest] = [largest[NEAR / 8], largest[FAR / 8]];
    for (cells, sums) in scores.as_chunks_mut::<2>().0.iter_mut().zip(&sums) {
        for (row, &[near, far]) in sums.iter().enumerate() {
            let numbers = cells[row / 2][row % 2].as_chunks_mut().0;
            store(&mut numbers[NEAR / 8], near);
            store(&mut numbers[FAR / 8], far);
            near_largest = vmaxq_f16(near_largest, near);
            far_largest = vmaxq_f16(far_largest, far);
        }
    }
    (largest[NEAR / 8], largest[FAR / 8]) = (near_largest, far_largest);
}

/// Computes 2 to the power of each number, none above 0.
#[inline]
#[target_feature(enable = "neon,fp16")]
fn powers(numbers: float16x8_t) -> float16x8_t {
    let [near, far] = widen(numbers);
    let nothing = vdupq_n_f32(NOTHING);
    let [near, far] = [exp2(vmaxq_f32(near, nothing)), exp2(vmaxq_f32(far, nothing))];
    vcombine_f16(vcvt_f16_f32(near), vcvt_f16_f32(far))
}

#[inline]
#[target_feature(enable = "neon")]
fn store(numbers: &mut [u16; 8], register: float16x8_t) {
    // SAFETY: there are 8 numbers.
    unsafe { vst1q_u16(numbers.as_mut_ptr(), vreinterpretq_u16_f16(register)) }
}
