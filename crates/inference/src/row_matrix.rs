//! Weights for products of few rows (GEMV): row-major, as narrow as they are stored.

use std::ops::Range;

use crate::float::from_f16;
use crate::kernel::RowKernel;
use crate::quantise::{GROUP, quantise};

/// Outputs whose weights stay in the cache while more than [`RowKernel::ABREAST`] left sides are
/// multiplied: 64 KiB with a depth of 512 and 16 bits.
const CACHED_OUTPUTS: usize = 64;

/// Weights of a linear layer, `[outputs, inputs]` row-major, and its bias if it has one.
pub(crate) struct RowMatrix {
    weights: Weights,
    inputs: usize,
    bias: Vec<f32>,
}

/// Products of some rows, `[rows, width]`, of which the columns from `first` on are written.
struct Products<'a> {
    numbers: &'a mut [f32],
    width: usize,
    first: usize,
}

/// Number type that weights are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no decoder needs it: floats of a model file have 16 bits")
    )]
    F32,
    F16,
    Int8,
}

enum Weights {
    F32(Vec<f32>),
    F16(Vec<u16>),
    /// Integers, and a scale for each [`GROUP`].
    Int8(Vec<i8>, Vec<f32>),
}

impl RowMatrix {
    /// Makes room for weights, with `inputs` a multiple of [`GROUP`].
    pub(crate) fn with_capacity(storage: Storage, outputs: usize, inputs: usize) -> Self {
        let count = outputs * inputs;
        let weights = match storage {
            Storage::F32 => Weights::F32(Vec::with_capacity(count)),
            Storage::F16 => Weights::F16(Vec::with_capacity(count)),
            Storage::Int8 => {
                Weights::Int8(Vec::with_capacity(count), Vec::with_capacity(count / GROUP))
            }
        };
        Self { weights, inputs, bias: Vec::new() }
    }

    /// Appends weights, a multiple of [`GROUP`].
    pub(crate) fn push(&mut self, kernel: impl RowKernel, numbers: &[f32]) {
        match &mut self.weights {
            Weights::F32(floats) => floats.extend_from_slice(numbers),
            Weights::F16(halves) => {
                let before = halves.len();
                halves.resize(before + numbers.len(), 0);
                kernel.to_f16(numbers, &mut halves[before..]);
            }
            Weights::Int8(integers, scales) => {
                for group in numbers.as_chunks().0 {
                    let (scale, quantised) = quantise(group);
                    scales.push(scale);
                    integers.extend(quantised);
                }
            }
        }
    }

    pub(crate) fn with_bias(self, bias: Vec<f32>) -> Self {
        Self { bias, ..self }
    }

    /// Number of weights.
    pub(crate) fn len(&self) -> usize {
        match &self.weights {
            Weights::F32(floats) => floats.len(),
            Weights::F16(halves) => halves.len(),
            Weights::Int8(integers, _) => integers.len(),
        }
    }

    /// Length of a row that it multiplies.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the weights of one output to `numbers`.
    pub(crate) fn read_row(&self, output: usize, numbers: &mut [f32]) {
        let range = output * self.inputs..(output + 1) * self.inputs;
        match &self.weights {
            Weights::F32(floats) => numbers.copy_from_slice(&floats[range]),
            Weights::F16(halves) => {
                let widened = halves[range].iter().copied().map(from_f16);
                numbers.iter_mut().zip(widened).for_each(|(number, half)| *number = half);
            }
            Weights::Int8(integers, scales) => {
                for (at, number) in range.zip(numbers) {
                    *number = f32::from(integers[at]) * scales[at / GROUP];
                }
            }
        }
    }

    /// Multiplies `rows`, `[rows, inputs]` row-major, by the weights of some outputs, and writes the
    /// products, `[rows, outputs.len()]`.
    #[inline(always)]
    pub(crate) fn multiply<R: RowKernel>(
        &self,
        kernel: R,
        rows: &[f32],
        outputs: Range<usize>,
        products: &mut [f32],
    ) {
        let width = outputs.len();
        if width == 0 {
            return;
        }
        let cached = if rows.len() > R::ABREAST * self.inputs { CACHED_OUTPUTS } else { width };
        for first in (0..width).step_by(cached) {
            let outputs = outputs.start + first..outputs.end.min(outputs.start + first + cached);
            let groups = rows.chunks(R::ABREAST * self.inputs);
            for (rows, numbers) in groups.zip(products.chunks_mut(R::ABREAST * width)) {
                let products = Products { numbers, width, first };
                match rows.len() / self.inputs {
                    1 => self.multiply_abreast::<1>(kernel, rows, &outputs, products),
                    2 => self.multiply_abreast::<2>(kernel, rows, &outputs, products),
                    3 => self.multiply_abreast::<3>(kernel, rows, &outputs, products),
                    4 => self.multiply_abreast::<4>(kernel, rows, &outputs, products),
                    _ => self.multiply_abreast::<5>(kernel, rows, &outputs, products),
                }
            }
        }
    }

    #[inline(always)]
    fn multiply_abreast<const N: usize>(
        &self,
        kernel: impl RowKernel,
        rows: &[f32],
        outputs: &Range<usize>,
        Products { numbers, width, first }: Products<'_>,
    ) {
        let inputs = self.inputs;
        let rows: [&[f32]; N] = std::array::from_fn(|row| &rows[row * inputs..][..inputs]);
        let bias = self.bias.get(outputs.clone());
        let take = |output: usize, sums: [f32; N]| {
            let bias = bias.map_or(0.0, |bias| bias[output]);
            for (row, sum) in sums.iter().enumerate() {
                numbers[row * width + first + output] = sum + bias;
            }
        };
        let range = outputs.start * inputs..outputs.end * inputs;
        match &self.weights {
            Weights::F32(floats) => kernel.dot_f32(&floats[range], rows, take),
            Weights::F16(halves) => kernel.dot_f16(&halves[range], rows, take),
            Weights::Int8(integers, scales) => {
                let scales = &scales[range.start / GROUP..range.end / GROUP];
                kernel.dot_int8(&integers[range], scales, rows, take);
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
            for (storage, allowed) in
                [(Storage::F32, 1e-5), (Storage::F16, 2e-3), (Storage::Int8, 3e-2)]
            {
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
        for (count, outputs) in [(1, 0..20), (2, 3..4), (3, 0..0), (9, 5..20)] {
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
        matrix.read_row(7, &mut row);
        let close = |(found, expected): (&f32, &f32)| (found - expected).abs() < 3e-3;
        assert!(row.iter().zip(&weights[7 * INPUTS..]).all(close));
    }
}
