//! 32-bit floats in registers of 256 bits.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use crate::kernel::{AttentionKernel, COLUMNS, MatMul, ROWS, Tile};

/// 32-bit floats in registers of 256 bits: Intel since Haswell, AMD since Zen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

impl MatMul for Avx2 {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        for row in (0..ROWS).step_by(6) {
            for column in (0..COLUMNS).step_by(16) {
                // SAFETY: `detect` has found the features.
                unsafe { multiply_part(strip, panel, tile, row, column) }
            }
        }
    }
}

impl AttentionKernel for Avx2 {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx2(work) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn with_avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Multiplies 6 rows by 16 columns, which fill 12 of the 16 registers.
#[target_feature(enable = "avx2,fma")]
fn multiply_part(
    strip: &[[f32; ROWS]],
    panel: &[[f32; COLUMNS]],
    tile: &mut Tile,
    row: usize,
    column: usize,
) {
    let mut sums = [[_mm256_setzero_ps(); 2]; 6];
    for (sums, row) in sums.iter_mut().zip(&tile[row..]) {
        *sums = load(row, column);
    }
    for (left, right) in strip.iter().zip(panel) {
        let right = load(right, column);
        for (index, sums) in sums.iter_mut().enumerate() {
            let left = _mm256_set1_ps(left[row + index]);
            sums[0] = _mm256_fmadd_ps(left, right[0], sums[0]);
            sums[1] = _mm256_fmadd_ps(left, right[1], sums[1]);
        }
    }
    for (index, sums) in sums.into_iter().enumerate() {
        let row = &mut tile[row + index][column..column + 16];
        // SAFETY: there are 16 numbers.
        unsafe {
            _mm256_storeu_ps(row.as_mut_ptr(), sums[0]);
            _mm256_storeu_ps(row[8..].as_mut_ptr(), sums[1]);
        }
    }
}

#[target_feature(enable = "avx2")]
fn load(row: &[f32; COLUMNS], column: usize) -> [__m256; 2] {
    let row = &row[column..column + 16];
    // SAFETY: there are 16 numbers.
    unsafe { [_mm256_loadu_ps(row.as_ptr()), _mm256_loadu_ps(row[8..].as_ptr())] }
}
