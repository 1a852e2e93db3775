//! 32-bit floats in registers of 512 bits.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m512, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::Avx2;
use crate::kernel::{AttentionKernel, COLUMNS, MatMul, ROWS, Tile};

/// 32-bit floats in registers of 512 bits: Intel's servers since Skylake, AMD since Zen 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        (Avx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl"))
        .then_some(Self(()))
    }
}

impl MatMul for Avx512 {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { multiply(strip, panel, tile) }
    }
}

impl AttentionKernel for Avx512 {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx512(work) }
    }
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn with_avx512<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[target_feature(enable = "avx512f")]
fn multiply(strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for (sums, row) in sums.iter_mut().zip(&*tile) {
        *sums = load(row);
    }
    for (left, right) in strip.iter().zip(panel) {
        let right = load(right);
        for (sums, &left) in sums.iter_mut().zip(left) {
            let left = _mm512_set1_ps(left);
            sums[0] = _mm512_fmadd_ps(left, right[0], sums[0]);
            sums[1] = _mm512_fmadd_ps(left, right[1], sums[1]);
        }
    }
    for (row, sums) in tile.iter_mut().zip(&sums) {
        store(row, *sums);
    }
}

#[target_feature(enable = "avx512f")]
pub(super) fn load(row: &[f32; COLUMNS]) -> [__m512; 2] {
    // SAFETY: there are 32 numbers.
    unsafe { [_mm512_loadu_ps(row.as_ptr()), _mm512_loadu_ps(row[16..].as_ptr())] }
}

#[target_feature(enable = "avx512f")]
pub(super) fn store(row: &mut [f32; COLUMNS], sums: [__m512; 2]) {
    // SAFETY: there are 32 numbers.
    unsafe {
        _mm512_storeu_ps(row.as_mut_ptr(), sums[0]);
        _mm512_storeu_ps(row[16..].as_mut_ptr(), sums[1]);
    }
}
