//! A matrix of weights for products of few rows: output by output, as narrow as it is stored.

use std::ops::Range;

use crate::kernel::x86_rows::{BLOCK, Widening};
use crate::model::Precision;

/// Left sides that are multiplied while the weights go by.
const ABREAST: usize = 4;

/// Weights and, where there is one, a bias.
pub(crate) struct Rows {
    numbers: Numbers,
    inputs: usize,
    bias: Vec<f32>,
}

enum Numbers {
    Sixteen(Vec<u16>),
    /// With a scale for each [`BLOCK`].
    Eight(Vec<i8>, Vec<f32>),
}

impl Rows {
    /// Room for so many outputs of `inputs` numbers each, a multiple of [`BLOCK`].
    pub(crate) fn with_room(precision: Precision, outputs: usize, inputs: usize) -> Self {
        let count = outputs * inputs;
        let numbers = match precision {
            Precision::Eight => {
                Numbers::Eight(Vec::with_capacity(count), Vec::with_capacity(count / BLOCK))
            }
            Precision::Sixteen | Precision::ThirtyTwo => {
                Numbers::Sixteen(Vec::with_capacity(count))
            }
        };
        Self { numbers, inputs, bias: Vec::new() }
    }

    /// Takes the next weights, whole blocks of them.
    pub(crate) fn push(&mut self, kernel: Widening, weights: &[f32]) {
        match &mut self.numbers {
            Numbers::Sixteen(halves) => {
                let before = halves.len();
                halves.resize(before + weights.len(), 0);
                kernel.halve(weights, &mut halves[before..]);
            }
            Numbers::Eight(bytes, scales) => {
                for block in weights.as_chunks::<BLOCK>().0 {
                    let (scale, quantised) = quantise(block);
                    scales.push(scale);
                    bytes.extend(quantised);
                }
            }
        }
    }

    pub(crate) fn with_bias(self, bias: Vec<f32>) -> Self {
        Self { bias, ..self }
    }

    /// How many weights there are.
    pub(crate) fn count(&self) -> usize {
        match &self.numbers {
            Numbers::Sixteen(halves) => halves.len(),
            Numbers::Eight(bytes, _) => bytes.len(),
        }
    }

    /// How many numbers a row has that it multiplies.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// The weights of one output.
    pub(crate) fn read(&self, output: usize, numbers: &mut [f32]) {
        let range = output * self.inputs..(output + 1) * self.inputs;
        match &self.numbers {
            Numbers::Sixteen(halves) => {
                let halves = halves[range].iter().copied().map(crate::float::half);
                numbers.iter_mut().zip(halves).for_each(|(number, half)| *number = half);
            }
            Numbers::Eight(bytes, scales) => {
                for (at, number) in range.zip(numbers) {
                    *number = f32::from(bytes[at]) * scales[at / BLOCK];
                }
            }
        }
    }

    /// Multiplies rows of `inputs` numbers by the weights of some outputs. The products of each row
    /// are together, at least as many as there are outputs.
    #[inline(always)]
    pub(crate) fn multiply(
        &self,
        kernel: Widening,
        left: &[f32],
        outputs: Range<usize>,
        products: &mut [f32],
    ) {
        let width = outputs.len();
        if width == 0 {
            return;
        }
        let groups = left.chunks(ABREAST * self.inputs).zip(products.chunks_mut(ABREAST * width));
        for (left, products) in groups {
            match left.len() / self.inputs {
                1 => self.multiply_abreast::<1>(kernel, left, &outputs, products),
                2 => self.multiply_abreast::<2>(kernel, left, &outputs, products),
                3 => self.multiply_abreast::<3>(kernel, left, &outputs, products),
                _ => self.multiply_abreast::<ABREAST>(kernel, left, &outputs, products),
            }
        }
    }

    #[inline(always)]
    fn multiply_abreast<const N: usize>(
        &self,
        kernel: Widening,
        left: &[f32],
        outputs: &Range<usize>,
        products: &mut [f32],
    ) {
        let (inputs, width) = (self.inputs, outputs.len());
        let rows: [&[f32]; N] = std::array::from_fn(|row| &left[row * inputs..][..inputs]);
        let bias = self.bias.get(outputs.clone());
        let take = |output: usize, found: [f32; N]| {
            let bias = bias.map_or(0.0, |bias| bias[output]);
            for (row, found) in found.iter().enumerate() {
                products[row * width + output] = found + bias;
            }
        };
        let range = outputs.start * inputs..outputs.end * inputs;
        match &self.numbers {
            Numbers::Sixteen(halves) => kernel.multiply_sixteen(&halves[range], rows, take),
            Numbers::Eight(bytes, scales) => {
                let scales = &scales[range.start / BLOCK..range.end / BLOCK];
                kernel.multiply_eight(&bytes[range], scales, rows, take);
            }
        }
    }
}

/// Numbers as signed bytes from -127 to 127, and what 1 is worth. What was quantised by as many
/// before stays as it is.
fn quantise(numbers: &[f32; BLOCK]) -> (f32, [i8; BLOCK]) {
    let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "at most 127 in size")]
    let bytes = numbers.map(|number| (number * inverse).round_ties_even() as i8);
    (largest / 127.0, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_is_multiplied_by_any_outputs() {
        const INPUTS: usize = 64;
        let Some(kernel) = Widening::detect() else { return };
        let mut random = fastrand::Rng::with_seed(1);
        let mut numbers = |count| -> Vec<f32> { (0..count).map(|_| random.f32() - 0.5).collect() };
        let (weights, bias, left) = (numbers(20 * INPUTS), numbers(20), numbers(9 * INPUTS));
        for (precision, allowed) in [(Precision::Sixteen, 2e-3), (Precision::Eight, 3e-2)] {
            let mut rows = Rows::with_room(precision, 20, INPUTS);
            weights.chunks(320).for_each(|piece| rows.push(kernel, piece));
            let rows = rows.with_bias(bias.clone());
            assert_eq!((rows.count(), rows.inputs()), (20 * INPUTS, INPUTS));
            for (count, outputs) in [(1, 0..20), (2, 3..4), (3, 0..0), (9, 5..20)] {
                let mut products = vec![f32::NAN; count * outputs.len()];
                rows.multiply(kernel, &left[..count * INPUTS], outputs.clone(), &mut products);
                for row in 0..count {
                    for (index, output) in outputs.clone().enumerate() {
                        let dot =
                            |at: usize| left[row * INPUTS + at] * weights[output * INPUTS + at];
                        let expected = bias[output] + (0..INPUTS).map(dot).sum::<f32>();
                        let found = products[row * outputs.len() + index];
                        assert!((found - expected).abs() < allowed, "{found} is not {expected}");
                    }
                }
            }
            let mut read = [0.0; INPUTS];
            rows.read(7, &mut read);
            let close = |(found, expected): (&f32, &f32)| (found - expected).abs() < 3e-3;
            assert!(read.iter().zip(&weights[7 * INPUTS..]).all(close));
        }
    }
}
