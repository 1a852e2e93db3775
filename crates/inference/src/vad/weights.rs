//! The weights that come with the program.

/// Tensors in the order of the network, 32-bit little-endian floats (`weights/README.md`).
const INCLUDED: &[u8] = include_bytes!("weights/silero-6.2.3-16k.f32");

/// Weights of every layer after the Fourier transform, which is computed. All are row-major, in the
/// shapes of the original.
pub(super) struct Weights {
    /// Four convolutions over 3 neighbouring times.
    pub(super) convolutions: [Convolution; 4],
    /// `[512, 128]`: gates of the LSTM from the last convolution. 128 rows each of the input, forget,
    /// cell and output gate.
    pub(super) gates_from_input: Vec<f32>,
    /// `[512, 128]`: gates from what the cell gave before.
    pub(super) gates_from_hidden: Vec<f32>,
    /// `[512]`: sum of the two biases of the original.
    pub(super) gate_bias: Vec<f32>,
    /// `[128]`: from what the cell gives to the logit.
    pub(super) output: Vec<f32>,
    pub(super) output_bias: f32,
}

pub(super) struct Convolution {
    /// `[outputs, inputs, 3]`
    pub(super) weight: Vec<f32>,
    /// `[outputs]`
    pub(super) bias: Vec<f32>,
}

/// Bins of the magnitude spectrum of a window of 256.
pub(super) const BINS: usize = 129;

/// Numbers of the LSTM's state.
pub(super) const HIDDEN: usize = 128;

/// Outputs and inputs of each convolution.
pub(super) const CHANNELS: [(usize, usize); 4] = [(128, BINS), (64, 128), (64, 64), (HIDDEN, 64)];

/// Times that a convolution looks at: one before, its own, one after.
pub(super) const TAPS: usize = 3;

impl Weights {
    /// Reads the weights that come with the program.
    pub(super) fn included() -> Self {
        let mut numbers = INCLUDED.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let mut next = |count: usize| -> Vec<f32> { numbers.by_ref().take(count).collect() };
        let convolutions = CHANNELS.map(|(outputs, inputs)| Convolution {
            weight: next(outputs * inputs * TAPS),
            bias: next(outputs),
        });
        let gates = 4 * HIDDEN;
        let (gates_from_input, gates_from_hidden) = (next(gates * HIDDEN), next(gates * HIDDEN));
        let biases = next(gates).into_iter().zip(next(gates));
        let gate_bias = biases.map(|(input, hidden)| input + hidden).collect();
        let output = next(HIDDEN);
        let output_bias = next(1).iter().sum();
        Self { convolutions, gates_from_input, gates_from_hidden, gate_bias, output, output_bias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_included_file_holds_these_tensors_and_nothing_else() {
        let convolutions: usize = CHANNELS.iter().map(|(to, from)| to * from * TAPS + to).sum();
        let cell = 2 * 4 * HIDDEN * (HIDDEN + 1);
        assert_eq!(INCLUDED.len(), (convolutions + cell + HIDDEN + 1) * size_of::<f32>());
        assert!(INCLUDED.as_chunks().0.iter().all(|&it| f32::from_le_bytes(it).is_finite()));
    }
}
