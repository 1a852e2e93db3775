//! The encoder: from the mel spectrogram of up to 30 s to what the decoder attends to.
//!
//! Follows [`AudioEncoder`] of the reference.
//!
//! [`AudioEncoder`]: https://github.com/openai/whisper/blob/main/whisper/model.py

mod attention;
mod convolution;
mod layer;
mod stages;
mod weights;

use std::fmt;
use std::num::NonZeroUsize;

use self::weights::Weights;
use crate::audio_context::AudioContext;
use crate::kernel::{AttentionKernel, Instructions, Kernels, MatMul, RowKernel, WithKernels};
use crate::packed_matrix::PackedMatrix;
use crate::shape::{EncoderShape, MLP, POSITIONS, Precision, WrongLength, expect_length};
use crate::tensors::Tensors;

/// Encoder of a Whisper model, its weights laid out for this processor.
pub struct Encoder {
    shape: EncoderShape,
    threads: NonZeroUsize,
    kernel: &'static str,
    network: Box<dyn Network>,
}

/// An encoder whose kernels are not known by type.
trait Network: Send + Sync {
    fn forward(&self, mel: &[f32], output: &mut [f32], threads: NonZeroUsize);
}

impl Encoder {
    /// Reads the weights and lays them out for the fastest instructions of this processor.
    pub fn new<T: Tensors>(
        shape: EncoderShape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        Self::with_instructions(Instructions::detect(), shape, precision, threads, tensors)
    }

    /// Does the same for instructions of the caller's choice, to compare them.
    pub fn with_instructions<T: Tensors>(
        instructions: Instructions,
        shape: EncoderShape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        instructions.with_kernels(precision, Load { shape, threads, tensors })
    }

    /// Returns the name of the kernels that it computes with, such as `bf16`.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.kernel
    }

    /// Returns the bytes that an encoder of this shape takes at most, at rest and at work.
    #[must_use]
    pub fn need_bytes(shape: EncoderShape, precision: Precision) -> u64 {
        Instructions::detect().with_kernels(precision, Need { shape })
    }

    /// Sets the number of threads that compute together.
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.threads = threads;
    }

    /// Number of elements of the output for this much audio.
    #[must_use]
    pub fn output_len(&self, context: AudioContext) -> usize {
        context.positions() * self.shape.width
    }

    /// Encodes `mel`, the mel spectrogram `[mel_bands, context.frames()]`, and writes `output`,
    /// `[context.positions(), width]`. Both are row-major.
    pub fn encode(
        &self,
        context: AudioContext,
        mel: &[f32],
        output: &mut [f32],
    ) -> Result<(), WrongLength> {
        expect_length("mel", self.shape.mel_bands * context.frames(), mel.len())?;
        expect_length("output", self.output_len(context), output.len())?;
        self.network.forward(mel, output, self.threads);
        Ok(())
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shape, threads, kernel, .. } = self;
        f.debug_struct("Encoder")
            .field("shape", shape)
            .field("threads", threads)
            .field("kernel", kernel)
            .finish_non_exhaustive()
    }
}

struct Load<'a, T> {
    shape: EncoderShape,
    threads: NonZeroUsize,
    tensors: &'a mut T,
}

impl<T: Tensors> WithKernels for Load<'_, T> {
    type Output = Result<Encoder, T::Error>;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(
        self,
        Kernels { name, linear, attention, .. }: Kernels<L, K, R>,
    ) -> Self::Output {
        let Self { shape, threads, tensors } = self;
        let weights = Weights::read(linear, attention, shape, tensors)?;
        Ok(Encoder { shape, threads, kernel: name, network: Box::new(weights) })
    }
}

struct Need {
    shape: EncoderShape,
}

impl WithKernels for Need {
    type Output = u64;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, _: Kernels<L, K, R>) -> u64 {
        let EncoderShape { width, layers, mel_bands } = self.shape;
        let weights = PackedMatrix::<L>::bytes(layers * (4 + 2 * MLP) * width * width);
        let convolutions = PackedMatrix::<K>::bytes(3 * width * (width + mel_bands));
        // Positional embedding and residual are 32-bit floats.
        let rows = POSITIONS * width * 2 * size_of::<f32>();
        // Queries, keys and values of two layers, the values padded from 64 rows to 72: less than 7.
        let projections = PackedMatrix::<K>::bytes(POSITIONS * width * 7);
        (weights + convolutions + rows + projections) as u64
    }
}
