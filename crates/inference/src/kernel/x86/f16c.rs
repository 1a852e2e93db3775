//! Products of few rows: weights of 16 or 8 bits are widened in registers of 256.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m128i, __m256, __m256i, _MM_FROUND_TO_NEAREST_INT, _MM_HINT_T0, _mm_add_ps, _mm_add_ss,
    _mm_cvtss_f32, _mm_loadu_si128, _mm_movehdup_ps, _mm_movehl_ps, _mm_prefetch, _mm_storeu_si128,
    _mm256_add_epi32, _mm256_add_ps, _mm256_castps256_ps128, _mm256_cvtepi8_epi16,
    _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_setzero_si256, _mm256_storeu_ps,
};

use crate::kernel::{OUTPUTS, RowCell, RowKernel};
use crate::quantise::QuantisedRow;
use crate::shape::HEAD;

/// Numbers in a register.
const LANES: usize = 8;

/// Registers whose sums do not wait for each other.
const ABREAST: usize = 4;

/// Registers for the sums of a row where up to five rows go side by side: they fill 10 of the 16.
const SUMS: usize = 2;

/// Bytes between the weights that are multiplied and those that are fetched, if they are integers: a
/// page, where the processor's own prefetching ends. A token of `base` takes a fifth less for it, with
/// weights of 16 bits no less (an AMD EPYC of Zen 4).
const AHEAD: usize = 4096;

/// Bytes that come from memory at once.
const CACHE_LINE: usize = 64;

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
    const ABREAST: usize = 5;
    const NEIGHBOURS: usize = 2;

    type Row = QuantisedRow;

    #[inline(always)]
    fn quantise_row(self, numbers: &[f32]) -> QuantisedRow {
        QuantisedRow::new(numbers)
    }

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
        panel: &[RowCell],
        rows: [&QuantisedRow; N],
    ) -> [[f32; OUTPUTS]; N] {
        // SAFETY: `detect` has found the features.
        unsafe { dot_int8(panel, rows) }
    }

    #[inline(always)]
    fn weighted_sums<const N: usize>(
        self,
        weights: [&[f32]; N],
        values: &[u16],
    ) -> [[f32; HEAD]; N] {
        // SAFETY: `detect` has found the features.
        unsafe { weighted_sums(weights, values) }
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
        let mut sums = [[_mm256_setzero_ps(); SUMS]; N];
        for (index, weights) in weights.as_chunks::<{ LANES * SUMS }>().0.iter().enumerate() {
            let at = index * LANES * SUMS;
            for (part, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
                let weights = widen(weights);
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let numbers = load(&row[at + part * LANES..]);
                    sums[part] = _mm256_fmadd_ps(weights, numbers, sums[part]);
                }
            }
        }
        take(output, sums.map(|[one, other]| total(_mm256_add_ps(one, other))));
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn dot_int8<const N: usize>(panel: &[RowCell], rows: [&QuantisedRow; N]) -> [[f32; OUTPUTS]; N] {
    let mut sums = [[_mm256_setzero_ps(); OUTPUTS / LANES]; N];
    let groups = rows.map(|row| &row.groups[..panel.len()]);
    for (index, cell) in panel.iter().enumerate() {
        prefetch_ahead(cell);
        let mut integers = [[_mm256_setzero_si256(); OUTPUTS / LANES]; N];
        for (pair, weights) in cell.integers.as_chunks::<{ 2 * OUTPUTS }>().0.iter().enumerate() {
            let [first, second] = widen_integers(weights);
            for (integers, groups) in integers.iter_mut().zip(groups) {
                let numbers = pair_of(groups[index].as_chunks().0[pair]);
                let numbers = _mm256_set1_epi32(numbers);
                let (one, other) =
                    (_mm256_madd_epi16(first, numbers), _mm256_madd_epi16(second, numbers));
                integers[0] = _mm256_add_epi32(integers[0], one);
                integers[1] = _mm256_add_epi32(integers[1], other);
            }
        }
        for (side, scales) in cell.scales.as_chunks::<LANES>().0.iter().enumerate() {
            let scales = load(scales);
            for (sums, integers) in sums.iter_mut().zip(&integers) {
                let integers = _mm256_cvtepi32_ps(integers[side]);
                sums[side] = _mm256_fmadd_ps(integers, scales, sums[side]);
            }
        }
    }
    let mut products = [[0.0; OUTPUTS]; N];
    for ((products, sums), row) in products.iter_mut().zip(sums).zip(rows) {
        for (products, sum) in products.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            let sum = _mm256_mul_ps(sum, _mm256_set1_ps(row.scale));
            // SAFETY: there are 8 numbers.
            unsafe { _mm256_storeu_ps(products.as_mut_ptr(), sum) }
        }
    }
    products
}

#[target_feature(enable = "avx2,fma,f16c")]
fn weighted_sums<const N: usize>(weights: [&[f32]; N], values: &[u16]) -> [[f32; HEAD]; N] {
    let values = values.as_chunks::<HEAD>().0;
    let weights = weights.map(|weights| &weights[..values.len()]);
    let mut found = [[0.0; HEAD]; N];
    for at in (0..HEAD).step_by(SUMS * LANES) {
        let mut sums = [[_mm256_setzero_ps(); SUMS]; N];
        for (place, value) in values.iter().enumerate() {
            let (parts, _) = value[at..].as_chunks::<LANES>();
            let value = [widen(&parts[0]), widen(&parts[1])];
            for (sums, weights) in sums.iter_mut().zip(weights) {
                let weight = _mm256_set1_ps(weights[place]);
                sums[0] = _mm256_fmadd_ps(value[0], weight, sums[0]);
                sums[1] = _mm256_fmadd_ps(value[1], weight, sums[1]);
            }
        }
        for (found, sums) in found.iter_mut().zip(sums) {
            for (found, sum) in found[at..].as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
                // SAFETY: there are 8 numbers.
                unsafe { _mm256_storeu_ps(found.as_mut_ptr(), sum) }
            }
        }
    }
    found
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
fn widen_integers(bytes: &[i8; 2 * OUTPUTS]) -> [__m256i; 2] {
    let (first, second) = bytes.split_at(OUTPUTS);
    // SAFETY: each has 16 bytes.
    let halves = unsafe {
        [_mm_loadu_si128(first.as_ptr().cast()), _mm_loadu_si128(second.as_ptr().cast())]
    };
    [_mm256_cvtepi8_epi16(halves[0]), _mm256_cvtepi8_epi16(halves[1])]
}

/// Returns neighbours as an instruction wants to be given them, the first in the lower half.
#[inline(always)]
pub(super) fn pair_of([first, second]: [i16; 2]) -> i32 {
    i32::from(second) << 16 | i32::from(first.cast_unsigned())
}

/// Fetches the weights [`AHEAD`] of a cell.
#[inline(always)]
pub(super) fn prefetch_ahead(cell: &RowCell) {
    let ahead = std::ptr::from_ref(cell).cast::<i8>().wrapping_add(AHEAD);
    for line in (0..size_of::<RowCell>()).step_by(CACHE_LINE) {
        // SAFETY: prefetching reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(line)) }
    }
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
