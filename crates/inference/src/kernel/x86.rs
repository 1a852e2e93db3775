//! The kernels of `x86-64` that multiply in 32 bits.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why it has"
)]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m256, __m512, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_storeu_ps,
};

use super::{COLUMNS, Kernel, Linear, ROWS, Tile};

/// 32 bits in registers of 512: Intel's servers since Skylake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

/// 32 bits in registers of 256: since Haswell and Zen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

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

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

impl Linear for Avx512 {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    const DEPTH: usize = 1;

    #[inline(always)]
    fn put_row(left: &mut Self::Left, row: usize, numbers: &[f32]) {
        left[row] = numbers[0];
    }

    #[inline(always)]
    fn put_column(right: &mut Self::Right, column: usize, numbers: &[f32]) {
        right[column] = numbers[0];
    }

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        // SAFETY: `detect` has found the features.
        unsafe { multiply_avx512(strip, panel, tile) }
    }
}

impl Kernel for Avx512 {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx512(work) }
    }
}

impl Linear for Avx2 {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    const DEPTH: usize = 1;

    #[inline(always)]
    fn put_row(left: &mut Self::Left, row: usize, numbers: &[f32]) {
        left[row] = numbers[0];
    }

    #[inline(always)]
    fn put_column(right: &mut Self::Right, column: usize, numbers: &[f32]) {
        right[column] = numbers[0];
    }

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        for row in (0..ROWS).step_by(6) {
            for column in (0..COLUMNS).step_by(16) {
                // SAFETY: `detect` has found the features.
                unsafe { multiply_avx2(strip, panel, tile, row, column) }
            }
        }
    }
}

impl Kernel for Avx2 {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        // SAFETY: `detect` has found the features.
        unsafe { with_avx2(work) }
    }
}

#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn with_avx512<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[target_feature(enable = "avx2,fma")]
fn with_avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[target_feature(enable = "avx512f")]
fn multiply_avx512(strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    for (sums, row) in sums.iter_mut().zip(&*tile) {
        *sums = load_512(row);
    }
    for (left, right) in strip.iter().zip(panel) {
        let right = load_512(right);
        for (sums, &left) in sums.iter_mut().zip(left) {
            let left = _mm512_set1_ps(left);
            sums[0] = _mm512_fmadd_ps(left, right[0], sums[0]);
            sums[1] = _mm512_fmadd_ps(left, right[1], sums[1]);
        }
    }
    for (row, sums) in tile.iter_mut().zip(&sums) {
        store_512(row, *sums);
    }
}

#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(
    strip: &[[f32; ROWS]],
    panel: &[[f32; COLUMNS]],
    tile: &mut Tile,
    row: usize,
    column: usize,
) {
    let mut sums = [[_mm256_setzero_ps(); 2]; 6];
    for (sums, row) in sums.iter_mut().zip(&tile[row..]) {
        *sums = load_256(row, column);
    }
    for (left, right) in strip.iter().zip(panel) {
        let right = load_256(right, column);
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

#[target_feature(enable = "avx512f")]
pub(super) fn load_512(row: &[f32; COLUMNS]) -> [__m512; 2] {
    // SAFETY: there are 32 numbers.
    unsafe { [_mm512_loadu_ps(row.as_ptr()), _mm512_loadu_ps(row[16..].as_ptr())] }
}

#[target_feature(enable = "avx512f")]
pub(super) fn store_512(row: &mut [f32; COLUMNS], sums: [__m512; 2]) {
    // SAFETY: there are 32 numbers.
    unsafe {
        _mm512_storeu_ps(row.as_mut_ptr(), sums[0]);
        _mm512_storeu_ps(row[16..].as_mut_ptr(), sums[1]);
    }
}

#[target_feature(enable = "avx2")]
fn load_256(row: &[f32; COLUMNS], column: usize) -> [__m256; 2] {
    let row = &row[column..column + 16];
    // SAFETY: there are 16 numbers.
    unsafe { [_mm256_loadu_ps(row.as_ptr()), _mm256_loadu_ps(row[8..].as_ptr())] }
}

#[cfg(test)]
mod tests {
    use super::super::tests::worst_error;
    use super::*;

    #[test]
    fn every_kernel_of_this_processor_multiplies() {
        assert!(Avx512::detect().is_none_or(|kernel| worst_error(kernel) < 1e-6));
        assert!(Avx2::detect().is_none_or(|kernel| worst_error(kernel) < 1e-6));
    }
}
