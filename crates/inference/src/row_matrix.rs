//! Weights for products of few rows (GEMV), as narrow as they are stored.

mod panels;

use std::ops::Range;

use self::panels::Panels;
use crate::float::from_f16;
use crate::kernel::{OUTPUTS, RowKernel};

/// Outputs whose weights stay in the cache while more than [`RowKernel::ABREAST`] left sides are
/// multiplied: 64 KiB with a depth of 512 and 16 bits.
const CACHED_OUTPUTS: usize = 64;

/// Weights of a linear layer, `[outputs, inputs]`, and its bias if it has one.
pub(crate) struct RowMatrix {
    weights: Weights,
    inputs: usize,
    bias: Vec<f32>,
}

/// Number type that weights are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    F16,
    Int8,
}

enum Weights {
    /// Row-major.
    F16(Vec<u16>),
    Int8(Panels),
}

/// Both sides of a product, the left one in the number type that the weights are multiplied by.
enum Sides<'a, R: RowKernel> {
    F16(Vec<&'a [f32]>, &'a [u16]),
    Int8(Vec<R::Row>, &'a Panels),
}

/// Products of some rows, `[rows, width]`, of which the columns from `first` on are written.
struct Products<'a> {
    numbers: &'a mut [f32],
    width: usize,
    first: usize,
}

impl RowMatrix {
    /// Makes room for weights, with `inputs` a multiple of [`GROUP`](crate::quantise::GROUP).
    pub(crate) fn with_capacity(storage: Storage, outputs: usize, inputs: usize) -> Self {
        let weights = match storage {
            Storage::F16 => Weights::F16(Vec::with_capacity(outputs * inputs)),
            Storage::Int8 => Weights::Int8(Panels::with_capacity(outputs, inputs)),
        };
        Self { weights, inputs, bias: Vec::new() }
    }

    /// Appends weights, a multiple of [`GROUP`](crate::quantise::GROUP).
    pub(crate) fn push<R: RowKernel>(&mut self, kernel: R, numbers: &[f32]) {
        match &mut self.weights {
            Weights::F16(halves) => {
                let before = halves.len();
                halves.resize(before + numbers.len(), 0);
                kernel.to_f16(numbers, &mut halves[before..]);
            }
            Weights::Int8(panels) => panels.push::<R>(numbers),
        }
    }

    pub(crate) fn with_bias(self, bias: Vec<f32>) -> Self {
        Self { bias, ..self }
    }

    /// Number of weights.
    pub(crate) fn len(&self) -> usize {
        match &self.weights {
            Weights::F16(halves) => halves.len(),
            Weights::Int8(panels) => panels.len(),
        }
    }

    /// Length of a row that it multiplies.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the weights of one output to `numbers`.
    pub(crate) fn read_row<R: RowKernel>(&self, _: R, output: usize, numbers: &mut [f32]) {
        match &self.weights {
            Weights::F16(halves) => {
                let halves = &halves[output * self.inputs..][..self.inputs];
                let widened = halves.iter().copied().map(from_f16);
                numbers.iter_mut().zip(widened).for_each(|(number, half)| *number = half);
            }
            Weights::Int8(panels) => panels.read_row::<R>(output, numbers),
        }
    }

    /// Multiplies `rows`, `[rows, inputs]` row-major, by the weights of some outputs, and writes the
    /// products, `[rows, outputs.len()]`. The first output is a multiple of [`OUTPUTS`].
    #[inline(always)]
    pub(crate) fn multiply<R: RowKernel>(
        &self,
        kernel: R,
        rows: &[f32],
        outputs: Range<usize>,
        products: &mut [f32],
    ) {
        let (width, count) = (outputs.len(), rows.len() / self.inputs);
        if width == 0 {
            return;
        }
        let rows = rows.chunks_exact(self.inputs);
        let sides = match &self.weights {
            Weights::F16(halves) => Sides::F16(rows.collect(), halves),
            Weights::Int8(panels) => {
                Sides::Int8(rows.map(|row| kernel.quantise_row(row)).collect(), panels)
            }
        };
        let cached = if count > R::ABREAST { CACHED_OUTPUTS } else { width };
        for first in (0..width).step_by(cached) {
            let outputs = outputs.start + first..outputs.end.min(outputs.start + first + cached);
            for (group, numbers) in products.chunks_mut(R::ABREAST * width).enumerate() {
                let row = group * R::ABREAST;
                let products = Products { numbers, width, first };
                match R::ABREAST.min(count - row) {
                    1 => self.multiply_abreast::<R, 1>(kernel, &sides, row, &outputs, products),
                    2 => self.multiply_abreast::<R, 2>(kernel, &sides, row, &outputs, products),
                    3 => self.multiply_abreast::<R, 3>(kernel, &sides, row, &outputs, products),
                    4 => self.multiply_abreast::<R, 4>(kernel, &sides, row, &outputs, products),
                    _ => self.multiply_abreast::<R, 5>(kernel, &sides, row, &outputs, products),
                }
            }
        }
    }

    /// Multiplies the `N` rows from `row` on.
    #[inline(always)]
    fn multiply_abreast<R: RowKernel, const N: usize>(
        &self,
        kernel: R,
        sides: &Sides<'_, R>,
        row: usize,
        outputs: &Range<usize>,
        Products { numbers, width, first }: Products<'_>,
    ) {
        let bias = self.bias.get(outputs.clone());
        let mut take = |output: usize, sums: [f32; N]| {
            let bias = bias.map_or(0.0, |bias| bias[output]);
            for (row, sum) in sums.iter().enumerate() {
                numbers[row * width + first + output] = sum + bias;
            }
        };
        match sides {
            Sides::F16(rows, halves) => {
                let halves = &halves[outputs.start * self.inputs..outputs.end * self.inputs];
                kernel.dot_f16(halves, std::array::from_fn(|index| rows[row + index]), take);
            }
            Sides::Int8(rows, panels) => {
                let rows = std::array::from_fn(|index| &rows[row + index]);
                for (panel, first) in panels.of(outputs).zip((0..).step_by(OUTPUTS)) {
                    let products: [_; N] = kernel.dot_int8(panel, rows);
                    for lane in 0..OUTPUTS.min(outputs.len() - first) {
                        take(first + lane, products.map(|products| products[lane]));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::tests::on_every_kernel;
    use crate::kernel::{AttentionKernel, Kernels, MatMul, WithKernels};

    const INPUTS: usize = 64;

    #[derive(Clone, Copy)]
    struct Multiplied;

    impl WithKernels for Multiplied {
        type Output = ();

        fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, kernels: Kernels<L, K, R>) {
            for (storage, allowed) in [(Storage::F16, 2e-3), (Storage::Int8, 3e-2)] {
                expect_products(kernels.rows, storage, allowed);
            }
        }
    }

    #[test]
    fn any_number_of_rows_is_multiplied_by_any_outputs() {
        on_every_kernel(Multiplied);
    }

    fn expect_products(kernel: impl RowKernel, storage: Storage, allowed: f32) {
        let mut random = fastrand::Rng::with_seed(1);
        let mut numbers = |count| -> Vec<f32> { (0..count).map(|_| random.f32() - 0.5).collect() };
        let (weights, bias, left) = (numbers(20 * INPUTS), numbers(20), numbers(9 * INPUTS));
        let mut matrix = RowMatrix::with_capacity(storage, 20, INPUTS);
        weights.chunks(320).for_each(|piece| matrix.push(kernel, piece));
        let matrix = matrix.with_bias(bias.clone());
        assert_eq!((matrix.len(), matrix.inputs()), (20 * INPUTS, INPUTS));
        for (count, outputs) in [(1, 0..20), (2, 16..17), (3, 0..0), (9, 0..20)] {
            let mut products = vec![f32::NAN; count * outputs.len()];
            matrix.multiply(kernel, &left[..count * INPUTS], outputs.clone(), &mut products);
            for row in 0..count {
                for (index, output) in outputs.clone().enumerate() {
                    let dot = |at: usize| left[row * INPUTS + at] * weights[output * INPUTS + at];
                    let expected = bias[output] + (0..INPUTS).map(dot).sum::<f32>();
                    let found = products[row * outputs.len() + index];
                    assert!((found - expected).abs() < allowed, "{found} is not {expected}");
                }
            }
        }
        let mut row = [0.0; INPUTS];
        matrix.read_row(kernel, 7, &mut row);
        let close = |(found, expected): (&f32, &f32)| (found - expected).abs() < 3e-3;
        assert!(row.iter().zip(&weights[7 * INPUTS..]).all(close));
    }
}
