//! Products of few rows, bound by how fast the weights come from memory: they are kept in 16 or 8
//! bits, and widened in registers.
#![allow(
    unsafe_code,
    reason = "instructions that not every processor has; each use states why it has"
)]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m128i, __m256, _MM_FROUND_TO_NEAREST_INT, _MM_HINT_T0, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32,
    _mm_loadl_epi64, _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps, _mm_prefetch,
    _mm_storeu_si128, _mm256_add_ps, _mm256_castps256_ps128, _mm256_cvtepi8_epi32,
    _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use crate::attention::HEAD;

/// Numbers that share a scale where they are kept in 8 bits.
pub(crate) const BLOCK: usize = 32;

/// Numbers in a register.
const LANES: usize = 8;

/// How far ahead weights of 8 bits are fetched: a page, where the processor's own guesses end. A token
/// of `base` takes a fifth less for it, with weights of 16 bits no less (an AMD EPYC of Zen 4).
const AHEAD: usize = 4096;

/// The proof that the processor widens floats of 16 bits: since Haswell and Zen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Widening(());

impl Widening {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c"))
        .then_some(Self(()))
    }

    /// The products of each row with each of `weights`, which are as long, one after the other.
    #[inline(always)]
    pub(crate) fn multiply_sixteen<const N: usize>(
        self,
        weights: &[u16],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        let Self(()) = self;
        // SAFETY: `detect` has found the features.
        unsafe { multiply_sixteen(weights, rows, take) }
    }

    /// The same of weights in 8 bits, with a scale for each [`BLOCK`].
    #[inline(always)]
    pub(crate) fn multiply_eight<const N: usize>(
        self,
        weights: &[i8],
        scales: &[f32],
        rows: [&[f32]; N],
        take: impl FnMut(usize, [f32; N]),
    ) {
        let Self(()) = self;
        // SAFETY: `detect` has found the features.
        unsafe { multiply_eight(weights, scales, rows, take) }
    }

    /// The sum of `values`, each by its share.
    #[inline(always)]
    pub(crate) fn blend(self, shares: &[f32], values: &[u16], sum: &mut [f32; HEAD]) {
        let Self(()) = self;
        // SAFETY: `detect` has found the features.
        unsafe { blend(shares, values, sum) }
    }

    /// Writes `numbers` in 16 bits, as many as both have of whole registers.
    #[inline(always)]
    pub(crate) fn halve(self, numbers: &[f32], halves: &mut [u16]) {
        let Self(()) = self;
        // SAFETY: `detect` has found the features.
        unsafe { halve(numbers, halves) }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn multiply_sixteen<const N: usize>(
    weights: &[u16],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    /// Registers whose sums do not wait for each other.
    const ABREAST: usize = 4;
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
        take(
            output,
            sums.map(|[a, b, c, d]| total(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)))),
        );
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn multiply_eight<const N: usize>(
    weights: &[i8],
    scales: &[f32],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    let depth = rows[0].len();
    let outputs = weights.chunks_exact(depth).zip(scales.chunks_exact(depth / BLOCK));
    for (output, (weights, scales)) in outputs.enumerate() {
        let mut sums = [_mm256_setzero_ps(); N];
        for (index, (weights, scale)) in
            weights.as_chunks::<BLOCK>().0.iter().zip(scales).enumerate()
        {
            let (at, scale) = (index * BLOCK, _mm256_set1_ps(*scale));
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
fn blend(shares: &[f32], values: &[u16], sum: &mut [f32; HEAD]) {
    let mut sums = [_mm256_setzero_ps(); HEAD / LANES];
    for (share, value) in shares.iter().zip(values.as_chunks::<HEAD>().0) {
        let share = _mm256_set1_ps(*share);
        for (sum, value) in sums.iter_mut().zip(value.as_chunks::<LANES>().0) {
            *sum = _mm256_fmadd_ps(widen(value), share, *sum);
        }
    }
    for (numbers, sums) in sum.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
        // SAFETY: there are 8 numbers.
        unsafe { _mm256_storeu_ps(numbers.as_mut_ptr(), sums) }
    }
}

#[target_feature(enable = "avx2,f16c")]
fn halve(numbers: &[f32], halves: &mut [u16]) {
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

/// The first eight of `numbers`.
#[target_feature(enable = "avx2")]
fn load(numbers: &[f32]) -> __m256 {
    let numbers = &numbers[..LANES];
    // SAFETY: there are 8 numbers.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

/// The sum of the eight.
#[target_feature(enable = "avx2")]
fn total(sums: __m256) -> f32 {
    let sums = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
    let sums = _mm_add_ps(sums, _mm_movehl_ps(sums, sums));
    _mm_cvtss_f32(_mm_add_ss(sums, _mm_movehdup_ps(sums)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| random.f32() - 0.5).collect()
    }

    fn halves(kernel: Widening, numbers: &[f32]) -> Vec<u16> {
        let mut halves = vec![0; numbers.len()];
        kernel.halve(numbers, &mut halves);
        halves
    }

    #[test]
    fn halves_are_the_nearest_and_come_back_as_they_are() {
        let Some(kernel) = Widening::detect() else { return };
        let exact = [0.0, -0.5, 1.0, 65_504.0, -1.5, 0.25, 3.0, -2.0];
        let found: Vec<f32> = halves(kernel, &exact).into_iter().map(crate::float::half).collect();
        assert_eq!(found, exact);
        let near = numbers(64, 1);
        for (half, number) in halves(kernel, &near).into_iter().zip(near) {
            assert!((crate::float::half(half) - number).abs() <= number.abs() / 2048.0 + 1e-7);
        }
    }

    #[test]
    fn rows_are_multiplied_by_weights_of_16_and_of_8_bits() {
        const DEPTH: usize = 192;
        let Some(kernel) = Widening::detect() else { return };
        let rows: [Vec<f32>; 3] = std::array::from_fn(|seed| numbers(DEPTH, seed as u64));
        let rows = rows.each_ref().map(Vec::as_slice);
        let weights = halves(kernel, &numbers(5 * DEPTH, 9));
        let bytes: Vec<i8> = (0..5 * DEPTH).map(|it| (it * 37 % 255) as u8 as i8).collect();
        let scales: Vec<f32> = numbers(5 * DEPTH / BLOCK, 8).iter().map(|it| it / 100.0).collect();
        let expected = |output: usize, weight: &dyn Fn(usize) -> f32| {
            rows.map(|row| (0..DEPTH).map(|at| row[at] * weight(output * DEPTH + at)).sum::<f32>())
        };
        let mut count = 0;
        let mut check = |output, found: [f32; 3], weight: &dyn Fn(usize) -> f32| {
            count += 1;
            for (found, expected) in found.iter().zip(expected(output, weight)) {
                assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        };
        kernel.multiply_sixteen(&weights, rows, |output, found| {
            check(output, found, &|at| crate::float::half(weights[at]));
        });
        kernel.multiply_eight(&bytes, &scales, rows, |output, found| {
            check(output, found, &|at| f32::from(bytes[at]) * scales[at / BLOCK]);
        });
        assert_eq!(count, 10);
    }

    #[test]
    fn values_are_blended_by_their_shares() {
        let Some(kernel) = Widening::detect() else { return };
        let (shares, values) = (numbers(7, 1), halves(kernel, &numbers(7 * HEAD, 2)));
        let mut found = [f32::NAN; HEAD];
        kernel.blend(&shares, &values, &mut found);
        for (at, found) in found.iter().enumerate() {
            let value = |index: usize| crate::float::half(values[index * HEAD + at]);
            let expected: f32 =
                shares.iter().enumerate().map(|(it, share)| share * value(it)).sum();
            assert!((found - expected).abs() < 1e-5);
        }
    }
}
