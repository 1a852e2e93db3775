//! Every kernel of this processor, held against sums of products one by one.

use super::portable::Portable;
use super::*;
use crate::float::from_f16;
use crate::quantise::GROUP;
use crate::shape::Precision;

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Half, Precision::Int8];

/// Runs a check on each kernel of this processor.
pub(crate) fn on_every_kernel<W: WithKernels + Copy>(work: W) {
    for instructions in Instructions::available() {
        for precision in PRECISIONS {
            instructions.with_kernels(precision, work);
        }
    }
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.f32() - 0.5).collect()
}

#[test]
fn the_portable_kernel_is_always_there_and_last() {
    let all: Vec<Instructions> = Instructions::available().collect();
    assert_eq!(all[0], Instructions::detect());
    let accelerated = all.iter().filter(|it| it.is_accelerated()).count();
    assert_eq!(accelerated, all.len() - 1);
    assert!(!all[all.len() - 1].is_accelerated());
}

#[derive(Clone, Copy)]
struct Products;

impl WithKernels for Products {
    type Output = ();

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, kernels: Kernels<L, K, R>) {
        expect_products(kernels.linear, kernels.name);
        expect_products(kernels.attention, kernels.name);
    }
}

#[test]
fn strips_are_multiplied_by_panels() {
    on_every_kernel(Products);
}

/// Errors relative to the root of the depth, to which the products grow.
fn expect_products<L: MatMul>(kernel: L, name: &str) {
    // 16 and 8 bits have 8 bits of precision, then the 24 of the sums.
    let allowed = if L::DEPTH == 1 { 1e-6 } else { 2.0_f32.powi(-8) };
    for depth in [32, 64, 512, 2048_u16] {
        let side = |lanes, seed| {
            (0..lanes).map(|lane| numbers(depth.into(), seed + lane)).collect::<Vec<_>>()
        };
        let (left, right) = (side(ROWS as u64, 0), side(COLUMNS as u64, 100));
        let mut expected = [[1.0; COLUMNS]; ROWS];
        for (sums, row) in expected.iter_mut().zip(&left) {
            for (sum, column) in sums.iter_mut().zip(&right) {
                *sum += row.iter().zip(column).map(|(one, other)| one * other).sum::<f32>();
            }
        }
        let found = product(kernel, &left, &right);
        for (expected, found) in expected.as_flattened().iter().zip(found.as_flattened()) {
            let error = (expected - found).abs() / f32::from(depth).sqrt();
            assert!(error < allowed, "{name}: {found}, not {expected}");
        }
    }
}

fn product<L: MatMul>(kernel: L, rows: &[Vec<f32>], columns: &[Vec<f32>]) -> Tile {
    let depth = rows[0].len() / L::DEPTH;
    let (mut strip, mut panel) = (vec![L::Left::ZERO; depth], vec![L::Right::ZERO; depth]);
    rows.iter().enumerate().for_each(|(row, numbers)| put(&mut strip, row, numbers));
    columns.iter().enumerate().for_each(|(column, numbers)| put(&mut panel, column, numbers));
    let mut tile = [[1.0; COLUMNS]; ROWS];
    kernel.multiply(&strip, &panel, &mut tile);
    tile
}

#[derive(Clone, Copy)]
struct Rows;

impl WithKernels for Rows {
    type Output = ();

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, kernels: Kernels<L, K, R>) {
        expect_conversions(kernels.rows);
        expect_dot_products(kernels.rows);
        expect_panel_products(kernels.rows);
        expect_weighted_sums(kernels.rows);
    }
}

#[test]
fn few_rows_are_multiplied_by_weights_of_every_width() {
    on_every_kernel(Rows);
}

fn to_f16(kernel: impl RowKernel, numbers: &[f32]) -> Vec<u16> {
    let mut halves = vec![0; numbers.len()];
    kernel.to_f16(numbers, &mut halves);
    halves
}

fn expect_conversions(kernel: impl RowKernel) {
    let exact = [0.0, -0.5, 1.0, 65_504.0, -1.5, 0.25, 3.0, -2.0];
    let found: Vec<f32> = to_f16(kernel, &exact).into_iter().map(from_f16).collect();
    assert_eq!(found, exact);
    // Subnormal ones, too.
    let near: Vec<f32> =
        numbers(64, 1).into_iter().chain(numbers(64, 2).iter().map(|it| it / 1e4)).collect();
    assert_eq!(to_f16(kernel, &near), to_f16(Portable, &near));
}

fn expect_dot_products(kernel: impl RowKernel) {
    const DEPTH: usize = 192;
    let rows: [Vec<f32>; 3] = std::array::from_fn(|seed| numbers(DEPTH, seed as u64));
    let rows = rows.each_ref().map(Vec::as_slice);
    let floats = numbers(5 * DEPTH, 9);
    let halves = to_f16(kernel, &floats);
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
    kernel.dot_f32(&floats, rows, |output, found| check(output, found, &|at| floats[at]));
    kernel.dot_f16(&halves, rows, |output, found| {
        check(output, found, &|at| from_f16(halves[at]));
    });
    assert_eq!(count, 10);
}

fn expect_panel_products<R: RowKernel>(kernel: R) {
    const CELLS: usize = 6;
    let rows: [Vec<f32>; 3] = std::array::from_fn(|seed| numbers(CELLS * GROUP, seed as u64));
    let mut panel = [RowCell::ZERO; CELLS];
    for (cell, scales) in panel.iter_mut().zip(numbers(CELLS * OUTPUTS, 8).as_chunks().0) {
        cell.scales = scales.map(|scale| scale / 100.0);
        // All from -128 on: a file may have been quantised by others.
        cell.integers = std::array::from_fn(|at| (at * 37 % 256) as u8 as i8);
    }
    let quantised = rows.each_ref().map(|row| kernel.quantise_row(row));
    let found = kernel.dot_int8(&panel, quantised.each_ref());
    for (row, found) in rows.iter().zip(&found) {
        for (output, found) in found.iter().enumerate() {
            let weight = |at: usize| {
                let (cell, at) = (&panel[at / GROUP], at % GROUP);
                let (four, rest) = (at / R::NEIGHBOURS, at % R::NEIGHBOURS);
                let integer = cell.integers[(four * OUTPUTS + output) * R::NEIGHBOURS + rest];
                f32::from(integer) * cell.scales[output]
            };
            let expected: f32 = row.iter().enumerate().map(|(at, it)| it * weight(at)).sum();
            assert!((found - expected).abs() < 2e-3, "{found} is not {expected}");
        }
    }
    let one = kernel.dot_int8(&panel, [&quantised[1]]);
    assert_eq!(one[0].map(f32::to_bits), found[1].map(f32::to_bits), "it depends on other rows");
}

fn expect_weighted_sums(kernel: impl RowKernel) {
    let weights: [Vec<f32>; 3] = std::array::from_fn(|seed| numbers(7, seed as u64));
    let values = to_f16(kernel, &numbers(7 * HEAD, 9));
    let found = kernel.weighted_sums(weights.each_ref().map(Vec::as_slice), &values);
    for (weights, found) in weights.iter().zip(&found) {
        for (at, found) in found.iter().enumerate() {
            let value = |index: usize| from_f16(values[index * HEAD + at]);
            let expected: f32 =
                weights.iter().enumerate().map(|(it, weight)| weight * value(it)).sum();
            assert!((found - expected).abs() < 1e-5);
        }
    }
}
