//! Products of few rows: weights of 16 or 8 bits are widened in registers of 256.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m128i, __m256, _MM_FROUND_TO_NEAREST_INT, _MM_HINT_T0, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32,
    _mm_loadl_epi64, _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps, _mm_prefetch,
    _mm_storeu_si128, _mm256_add_ps, _mm256_castps256_ps128, _mm256_cvtepi8_epi32,
    _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use crate::kernel::RowKernel;
use crate::quantise::GROUP;
use crate::shape::HEAD;

/// Numbers in a register.
const LANES: usize = 8;

/// Registers whose sums do not wait for each other.
const ABREAST: usize = 4;

/// Bytes between the weights that are multiplied and those that are fetched, if they are integers: a
/// page, where the processor's own prefetching ends. A token of `base` takes a fifth less for it, with
/// weights of 16 bits no less (an AMD EPYC of Zen 4).
pub(super) const AHEAD: usize = 4096;

/// Conversions between floats of 16 and of 32 bits: Intel since Haswell, AMD since Zen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct F16c(());

impl F16c {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c"))
        .then_some(Self(()))
    }
}

impl RowKernel for F16c {
    const ABREAST: usize = 2;

    #[inline(always)]
    fn dot_f32<const N: usize>(
        self,
        weights: &[f32],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { dot_f32(weights, rows, take) }
    }

    #[inline(always)]
    fn dot_f16<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { dot_f16(weights, rows, take) }
    }

    #[inline(always)]
    fn dot_int8<const N: usize>(
        self,
        weights: &[i8],
        scales: &[f32],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        // SAFETY: `detect` has found the features.
        unsafe { dot_int8(weights, scales, rows, take) }
    }

    #[inline(always)]
    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N] {
        // SAFETY: `detect` has found the features.
        weights.map(|weights| unsafe { weighted_sum(weights, values) })
    }

    #[inline(always)]
    fn to_f16(self, numbers: &[f32], halves: &mut [u16]) {
        // SAFETY: `detect` has found the features.
        unsafe { to_f16(numbers, halves) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn dot_f32<const N: usize>(
    weights: &[f32],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
        let mut sums = [[_mm256_setzero_ps(); ABREAST]; N];
        for (index, weights) in weights.as_chunks::<{ LANES * ABREAST }>().0.iter().enumerate() {
            let at = index * LANES * ABREAST;
            for part in 0..ABREAST {
                let weights = load(&weights[part * LANES..]);
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let numbers = load(&row[at + part * LANES..]);
                    sums[part] = _mm256_fmadd_ps(weights, numbers, sums[part]);
                }
            }
        }
        take(output, sums.map(|sums| total_of_all(sums)));
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn dot_f16<const N: usize>(
    weights: &[u16],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    let depth = rows[0].len();
    for (output, weights) in weights.chunks_exact(depth).enumerate() {
        let mut sums = [[_mm256_setzero_ps(); ABREAST]; N];
        for (index, weights) in weights.as_chunks::<{ LANES * ABREAST }>().0.iter().enumerate() {
            let at = index * LANES * ABREAST;
            for (part, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
                let weights = widen(weights);
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let numbers = load(&row[at + part * LANES..]);
                    sums[part] = _mm256_fmadd_ps(weights, numbers, sums[part]);
                }
            }
        }
        take(output, sums.map(|sums| total_of_all(sums)));
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn dot_int8<const N: usize>(
    weights: &[i8],
    scales: &[f32],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    let depth = rows[0].len();
    let outputs = weights.chunks_exact(depth).zip(scales.chunks_exact(depth / GROUP));
    for (output, (weights, scales)) in outputs.enumerate() {
        let mut sums = [_mm256_setzero_ps(); N];
        for (index, (weights, scale)) in
            weights.as_chunks::<GROUP>().0.iter().zip(scales).enumerate()
        {
            let (at, scale) = (index * GROUP, _mm256_set1_ps(*scale));
            _mm_prefetch::<_MM_HINT_T0>(weights.as_ptr().wrapping_add(AHEAD));
            let mut products = [_mm256_setzero_ps(); N];
            for (part, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
                let weights = integers(weights);
                for (products, row) in products.iter_mut().zip(rows) {
                    let numbers = load(&row[at + part * LANES..]);
                    *products = match part {
                        0 => _mm256_mul_ps(weights, numbers),
                        _ => _mm256_fmadd_ps(weights, numbers, *products),
                    };
                }
            }
            for (sum, products) in sums.iter_mut().zip(products) {
                *sum = _mm256_fmadd_ps(products, scale, *sum);
            }
        }
        take(output, sums.map(|sum| total(sum)));
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn weighted_sum(weights: &[f32], values: &[u16]) -> [f32; HEAD] {
    let mut sums = [_mm256_setzero_ps(); HEAD / LANES];
    for (weight, value) in weights.iter().zip(values.as_chunks::<HEAD>().0) {
        let weight = _mm256_set1_ps(*weight);
        for (sum, value) in sums.iter_mut().zip(value.as_chunks::<LANES>().0) {
            *sum = _mm256_fmadd_ps(widen(value), weight, *sum);
        }
    }
    let mut sum = [0.0; HEAD];
    for (numbers, sums) in sum.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
        // SAFETY: there are 8 numbers.
        unsafe { _mm256_storeu_ps(numbers.as_mut_ptr(), sums) }
    }
    sum
}

#[target_feature(enable = "avx2,f16c")]
fn to_f16(numbers: &[f32], halves: &mut [u16]) {
    let numbers = numbers.as_chunks::<LANES>().0;
    for (halves, numbers) in halves.as_chunks_mut::<LANES>().0.iter_mut().zip(numbers) {
        let found = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(load(numbers));
        // SAFETY: there are 16 bytes.
        unsafe { _mm_storeu_si128(halves.as_mut_ptr().cast(), found) }
    }
}

#[target_feature(enable = "avx2,f16c")]
fn widen(halves: &[u16; LANES]) -> __m256 {
    // SAFETY: there are 16 bytes.
    let halves: __m128i = unsafe { _mm_loadu_si128(halves.as_ptr().cast()) };
    _mm256_cvtph_ps(halves)
}

#[target_feature(enable = "avx2")]
fn integers(bytes: &[i8; LANES]) -> __m256 {
    // SAFETY: there are 8 bytes.
    let bytes = unsafe { _mm_loadl_epi64(bytes.as_ptr().cast()) };
    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))
}

/// Loads the first eight of `numbers`.
#[target_feature(enable = "avx2")]
fn load(numbers: &[f32]) -> __m256 {
    let numbers = &numbers[..LANES];
    // SAFETY: there are 8 numbers.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// Adds up the eight.
#[target_feature(enable = "avx2")]
fn total(sums: __m256) -> f32 {
    let sums = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
    let sums = _mm_add_ps(sums, _mm_movehl_ps(sums, sums));
    _mm_cvtss_f32(_mm_add_ss(sums, _mm_movehdup_ps(sums)))
}

/// Adds up the eight of all registers.
#[target_feature(enable = "avx2")]
fn total_of_all([a, b, c, d]: [__m256; ABREAST]) -> f32 {
    total(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)))
}
