//! Products of few rows: weights of 16 or 8 bits are widened in registers of 512.

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m256i, __m512, __m512i, _mm256_loadu_si256, _mm512_add_epi32, _mm512_add_ps,
    _mm512_cvtepi8_epi16, _mm512_cvtepi32_ps, _mm512_cvtph_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_madd_epi16, _mm512_mul_ps, _mm512_reduce_add_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
};

use super::f16c::{pair_of, prefetch_ahead};
use super::{Avx512, F16c};
use crate::kernel::{OUTPUTS, RowCell, RowKernel};
use crate::quantise::QuantisedRow;
use crate::shape::HEAD;

/// Numbers in a register.
const LANES: usize = 16;

/// Registers whose sums do not wait for each other, of each row.
const SUMS: usize = 4;

/// Rows in registers of 512 bits, of which there are 32: the sums of five rows fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512Rows {
    f16c: F16c,
}

impl Avx512Rows {
    pub(crate) fn detect() -> Option<Self> {
        let has_bytes = Avx512::detect().is_some() && is_x86_feature_detected!("avx512bw");
        F16c::detect().filter(|_| has_bytes).map(|f16c| Self { f16c })
    }
}

impl RowKernel for Avx512Rows {
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
        self.f16c.to_f16(numbers, halves);
    }
}

#[target_feature(enable = "avx512f")]
fn dot_f32<const N: usize>(
    weights: &[f32],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    for (output, weights) in weights.chunks_exact(rows[0].len()).enumerate() {
        let mut sums = [[_mm512_setzero_ps(); 2]; N];
        for (index, weights) in weights.as_chunks::<{ LANES * 2 }>().0.iter().enumerate() {
            for part in 0..2 {
                let weights = load(&weights[part * LANES..]);
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let numbers = load(&row[(index * 2 + part) * LANES..]);
                    sums[part] = _mm512_fmadd_ps(weights, numbers, sums[part]);
                }
            }
        }
        take(output, sums.map(|[one, other]| _mm512_reduce_add_ps(_mm512_add_ps(one, other))));
    }
}

#[target_feature(enable = "avx512f")]
fn dot_f16<const N: usize>(
    weights: &[u16],
    rows: [&[f32]; N],
    mut take: impl FnMut(usize, [f32; N]),
) {
    let depth = rows[0].len();
    for (output, weights) in weights.chunks_exact(depth).enumerate() {
        let mut sums = [[_mm512_setzero_ps(); SUMS]; N];
        let (whole, rest) = weights.as_chunks::<{ LANES * SUMS }>();
        for (index, weights) in whole.iter().enumerate() {
            add_f16(weights, index * SUMS, rows, &mut sums);
        }
        add_f16(rest, whole.len() * SUMS, rows, &mut sums);
        take(output, sums.map(|sums| total(sums)));
    }
}

/// Adds the products of up to [`SUMS`] registers of weights, which begin at the register `first` of the rows.
#[inline]
#[target_feature(enable = "avx512f")]
fn add_f16<const N: usize>(
    weights: &[u16],
    first: usize,
    rows: [&[f32]; N],
    sums: &mut [[__m512; SUMS]; N],
) {
    for (part, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
        let weights = widen(weights);
        for (sums, row) in sums.iter_mut().zip(rows) {
            let numbers = load(&row[(first + part) * LANES..]);
            sums[part] = _mm512_fmadd_ps(weights, numbers, sums[part]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn dot_int8<const N: usize>(panel: &[RowCell], rows: [&QuantisedRow; N]) -> [[f32; OUTPUTS]; N] {
    let mut sums = [_mm512_setzero_ps(); N];
    let groups = rows.map(|row| &row.groups[..panel.len()]);
    for (index, cell) in panel.iter().enumerate() {
        prefetch_ahead(cell);
        // Two sums of each row, which do not wait for each other.
        let mut integers = [[_mm512_setzero_si512(); 2]; N];
        for (four, weights) in cell.integers.as_chunks::<{ 4 * OUTPUTS }>().0.iter().enumerate() {
            let [first, second] = widen_integers(weights);
            for (integers, groups) in integers.iter_mut().zip(groups) {
                let [a, b, c, d] = groups[index].as_chunks::<4>().0[four];
                let one = _mm512_madd_epi16(first, _mm512_set1_epi32(pair_of([a, b])));
                let other = _mm512_madd_epi16(second, _mm512_set1_epi32(pair_of([c, d])));
                integers[0] = _mm512_add_epi32(integers[0], one);
                integers[1] = _mm512_add_epi32(integers[1], other);
            }
        }
        let scales = load(&cell.scales);
        for (sum, [one, other]) in sums.iter_mut().zip(integers) {
            let integers = _mm512_cvtepi32_ps(_mm512_add_epi32(one, other));
            *sum = _mm512_fmadd_ps(integers, scales, *sum);
        }
    }
    let mut products = [[0.0; OUTPUTS]; N];
    for ((products, sum), row) in products.iter_mut().zip(sums).zip(rows) {
        let sum = _mm512_mul_ps(sum, _mm512_set1_ps(row.scale));
        // SAFETY: there are 16 numbers.
        unsafe { _mm512_storeu_ps(products.as_mut_ptr(), sum) }
    }
    products
}

#[target_feature(enable = "avx512f")]
fn weighted_sums<const N: usize>(weights: [&[f32]; N], values: &[u16]) -> [[f32; HEAD]; N] {
    let mut sums = [[_mm512_setzero_ps(); HEAD / LANES]; N];
    for (place, value) in values.as_chunks::<HEAD>().0.iter().enumerate() {
        let weights = weights.map(|weights| _mm512_set1_ps(weights[place]));
        for (part, value) in value.as_chunks::<LANES>().0.iter().enumerate() {
            let value = widen(value);
            for (sums, &weight) in sums.iter_mut().zip(&weights) {
                sums[part] = _mm512_fmadd_ps(value, weight, sums[part]);
            }
        }
    }
    sums.map(|sums| {
        let mut numbers = [0.0; HEAD];
        for (numbers, sum) in numbers.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            // SAFETY: there are 16 numbers.
            unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), sum) }
        }
        numbers
    })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn widen(halves: &[u16; LANES]) -> __m512 {
    // SAFETY: there are 32 bytes.
    let halves: __m256i = unsafe { _mm256_loadu_si256(halves.as_ptr().cast()) };
    _mm512_cvtph_ps(halves)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn widen_integers(bytes: &[i8; 4 * OUTPUTS]) -> [__m512i; 2] {
    let (first, second) = bytes.split_at(2 * OUTPUTS);
    // SAFETY: each has 32 bytes.
    let halves = unsafe {
        [_mm256_loadu_si256(first.as_ptr().cast()), _mm256_loadu_si256(second.as_ptr().cast())]
    };
    [_mm512_cvtepi8_epi16(halves[0]), _mm512_cvtepi8_epi16(halves[1])]
}

/// Loads the first sixteen of `numbers`.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(numbers: &[f32]) -> __m512 {
    let numbers = &numbers[..LANES];
    // SAFETY: there are 16 numbers.
    unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
}

/// Adds up the numbers of all registers.
#[inline]
#[target_feature(enable = "avx512f")]
fn total([a, b, c, d]: [__m512; SUMS]) -> f32 {
    _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)))
}
