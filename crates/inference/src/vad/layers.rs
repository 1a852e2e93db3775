//! The layers after the spectrum, some frames at a time.

use super::spectrum::{Spectrum, TIMES};
use super::weights::{BINS, CHANNELS, Convolution, HIDDEN, TAPS, Weights};
use super::{CONTEXT, Network, VAD_FRAME};
use crate::float::exp;
use crate::kernel::{AttentionKernel, COLUMNS, ROWS, RowKernel};
use crate::packed_matrix::PackedMatrix;
use crate::strips::Strips;

/// Frames that are computed at once, so that all but the LSTM reads its weights once for all of them.
/// Each layer then has whole strips of rows.
pub(super) const BATCH: usize = ROWS;

/// Time steps after each convolution: the second and the third have a stride of two.
const LEFT: [usize; 4] = [4, 2, 1, 1];
const STRIDES: [usize; 4] = [1, 2, 2, 1];

/// Numbers that a convolution multiplies for one output: whole cells, also where two neighbouring
/// numbers make one.
const fn depth(layer: usize) -> usize {
    (CHANNELS[layer].1 * TAPS).next_multiple_of(2)
}

/// State of the LSTM cell.
pub(super) struct State {
    hidden: [f32; HIDDEN],
    cell: [f32; HIDDEN],
}

/// All layers, laid out for a processor, with room for their results.
pub(super) struct Layers<K: AttentionKernel, R: RowKernel> {
    kernel: K,
    rows: R,
    spectrum: Spectrum,
    convolutions: [PackedMatrix<K>; 4],
    gates_from_input: PackedMatrix<K>,
    gates_from_hidden: Vec<f32>,
    output: Vec<f32>,
    output_bias: f32,
    /// Results before each convolution, `[BATCH, times, channels]`.
    results: [Vec<f32>; 5],
    /// Rows of each convolution, and of the gates.
    strips: [Strips<K>; 5],
    /// `[BATCH, 4 * HIDDEN]`
    gates: Vec<f32>,
}

impl Default for State {
    fn default() -> Self {
        Self { hidden: [0.0; HIDDEN], cell: [0.0; HIDDEN] }
    }
}

impl<K: AttentionKernel, R: RowKernel> Layers<K, R> {
    pub(super) fn new(kernel: K, rows: R, weights: &Weights) -> Self {
        let convolution = |layer: usize| {
            let Convolution { weight, bias } = &weights.convolutions[layer];
            let weight = taps_outermost(weight, CHANNELS[layer].1, depth(layer));
            PackedMatrix::new(&weight, depth(layer)).with_bias(bias.clone())
        };
        let strips = |layer: usize| match layer {
            4 => Strips::new(BATCH / ROWS, HIDDEN),
            _ => Strips::new(BATCH * LEFT[layer] / ROWS, depth(layer)),
        };
        let results = |layer: usize| match layer {
            0 => vec![0.0; BATCH * TIMES * BINS],
            _ => vec![0.0; BATCH * LEFT[layer - 1] * CHANNELS[layer - 1].0],
        };
        Self {
            kernel,
            rows,
            spectrum: Spectrum::new(),
            convolutions: std::array::from_fn(convolution),
            gates_from_input: PackedMatrix::new(&weights.gates_from_input, HIDDEN)
                .with_bias(weights.gate_bias.clone()),
            gates_from_hidden: weights.gates_from_hidden.clone(),
            output: weights.output.clone(),
            output_bias: weights.output_bias,
            results: std::array::from_fn(results),
            strips: std::array::from_fn(strips),
            gates: vec![0.0; BATCH * 4 * HIDDEN],
        }
    }

    /// Computes the convolution of a layer over the results before it.
    #[inline(always)]
    fn convolve(&mut self, layer: usize) {
        let (outputs, inputs) = CHANNELS[layer];
        let (left, stride) = (LEFT[layer], STRIDES[layer]);
        let before = self.results[layer].len() / BATCH / inputs;
        let strips = &mut self.strips[layer];
        let mut row = vec![0.0; depth(layer)];
        for (frame, results) in self.results[layer].chunks_exact(before * inputs).enumerate() {
            for time in 0..left {
                for (tap, part) in row[..TAPS * inputs].chunks_exact_mut(inputs).enumerate() {
                    // Outside of the frame there is silence.
                    match (time * stride + tap).checked_sub(1).filter(|&from| from < before) {
                        Some(from) => part.copy_from_slice(&results[from * inputs..][..inputs]),
                        None => part.fill(0.0),
                    }
                }
                strips.put(frame * left + time, &row);
            }
        }
        let results = &mut self.results[layer + 1];
        self.convolutions[layer].multiply(
            self.kernel,
            &self.strips[layer],
            BATCH * left / ROWS,
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter().enumerate() {
                    let results = &mut results[(strip * ROWS + row) * outputs + column..];
                    results.iter_mut().zip(numbers).for_each(|(to, from)| *to = from.max(0.0));
                }
            },
        );
    }

    /// Computes what the last convolution adds to the gates of each frame.
    #[inline(always)]
    fn gates(&mut self) {
        self.strips[4].put_rows(&self.results[4], HIDDEN);
        let gates = &mut self.gates;
        self.gates_from_input.multiply(
            self.kernel,
            &self.strips[4],
            BATCH / ROWS,
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter().enumerate() {
                    let at = (strip * ROWS + row) * 4 * HIDDEN + column;
                    gates[at..at + COLUMNS].copy_from_slice(numbers);
                }
            },
        );
    }

    /// Moves the LSTM cell on by one frame, and returns the probability of speech in it.
    #[inline(always)]
    fn step(&mut self, frame: usize, state: &mut State) -> f32 {
        let gates = &mut self.gates[frame * 4 * HIDDEN..][..4 * HIDDEN];
        let rows: [&[f32]; 1] = [&state.hidden];
        self.rows.dot_f32(&self.gates_from_hidden, rows, |gate, [sum]| gates[gate] += sum);
        let mut logit = self.output_bias;
        for at in 0..HIDDEN {
            let [input, forget, cell, output] = [0, 1, 2, 3].map(|gate| gates[gate * HIDDEN + at]);
            state.cell[at] = sigmoid(forget) * state.cell[at] + sigmoid(input) * tanh(cell);
            state.hidden[at] = sigmoid(output) * tanh(state.cell[at]);
        }
        for (hidden, weight) in state.hidden.iter().zip(&self.output) {
            logit += hidden.max(0.0) * weight;
        }
        sigmoid(logit)
    }
}

impl<K: AttentionKernel, R: RowKernel> Network for Layers<K, R> {
    fn forward(&mut self, samples: &[f32], state: &mut State, probabilities: &mut Vec<f32>) {
        let frames = (samples.len() - CONTEXT) / VAD_FRAME;
        for frame in 0..frames {
            let seen = &samples[frame * VAD_FRAME..][..CONTEXT + VAD_FRAME];
            let magnitudes = &mut self.results[0][frame * TIMES * BINS..][..TIMES * BINS];
            self.spectrum.compute(seen, |time, bins| {
                magnitudes[time * BINS..][..BINS].copy_from_slice(bins);
            });
        }
        self.kernel.vectorize(
            #[inline(always)]
            || {
                (0..CHANNELS.len()).for_each(|layer| self.convolve(layer));
                self.gates();
                probabilities.extend((0..frames).map(|frame| self.step(frame, state)));
            },
        );
    }
}

/// Turns weights `[outputs, inputs, TAPS]` into `[outputs, depth]` with the taps outermost, so that a row
/// of the product is made of whole times, and fills up with zeros.
fn taps_outermost(weights: &[f32], inputs: usize, depth: usize) -> Vec<f32> {
    let mut turned = Vec::with_capacity(weights.len() / inputs / TAPS * depth);
    for output in weights.chunks_exact(inputs * TAPS) {
        for tap in 0..TAPS {
            turned.extend(output.iter().skip(tap).step_by(TAPS));
        }
        turned.extend(std::iter::repeat_n(0.0, depth - inputs * TAPS));
    }
    turned
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}
