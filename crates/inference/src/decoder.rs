//! The decoder: from the encoder's output and tokens to the logits of the next token.
//!
//! Follows [`TextDecoder`] of the reference, with a cache of keys and values.
//!
//! [`TextDecoder`]: https://github.com/openai/whisper/blob/main/whisper/model.py

mod hypotheses;
mod kv_cache;
mod shard;
mod team;
mod threads;
mod weights;

use std::fmt;
use std::num::NonZeroUsize;

use self::team::Closed;
use self::threads::Threads;
use self::weights::Weights;
use crate::audio_context::AudioContext;
use crate::kernel::{AttentionKernel, Instructions, Kernels, MatMul, RowKernel, WithKernels};
use crate::packed_matrix::PackedMatrix;
use crate::row_matrix::Storage;
use crate::shape::{DecoderShape, MLP, POSITIONS, Precision, TEXT, WrongLength, expect_length};
use crate::tensors::Tensors;

/// Decoder of a Whisper model, on threads of its own.
pub struct Decoder {
    shape: DecoderShape,
    network: Box<dyn Network>,
    /// Hypotheses of the last step.
    hypotheses: usize,
    logits: Vec<f32>,
}

/// Reason why nothing was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The encoder's output is of another model.
    EncoderOutput(WrongLength),
    /// No tokens, a token beyond the vocabulary, more tokens than the model attends to, or hypotheses
    /// that continue none of the step before.
    Tokens,
    /// A thread has panicked. The decoder is of no use any more.
    Panicked,
}

/// A decoder whose kernels are not known by type.
trait Network: Send {
    fn set_threads(&mut self, threads: NonZeroUsize);
    fn set_audio(&mut self, encoder_output: &[f32]) -> Result<(), Closed>;
    fn forward(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed>;
    fn forward_beam(
        &mut self,
        tokens: &[u32],
        parents: &[usize],
        past: usize,
        logits: &mut [f32],
    ) -> Result<(), Closed>;
}

/// Most hypotheses that are continued at once: the beam of Whisper's authors.
pub const MAX_HYPOTHESES: usize = 5;

impl Decoder {
    /// Reads the weights and lays them out for the fastest instructions of this processor.
    ///
    /// Weights are stored as 16-bit floats, or as 8-bit integers with [`Precision::Int8`]. Everything
    /// else is computed in 32 bits, except for the keys and values of the audio, which are as precise
    /// as asked.
    pub fn new<T: Tensors>(
        shape: DecoderShape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        Self::with_instructions(Instructions::detect(), shape, precision, threads, tensors)
    }

    /// Does the same for instructions of the caller's choice, to compare them.
    pub fn with_instructions<T: Tensors>(
        instructions: Instructions,
        shape: DecoderShape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut T,
    ) -> Result<Self, T::Error> {
        instructions.with_kernels(precision, Load { shape, precision, threads, tensors })
    }

    /// Returns the bytes that a decoder of this shape takes at most, at rest and at work.
    #[must_use]
    pub fn need_bytes(shape: DecoderShape, precision: Precision) -> u64 {
        Instructions::detect().with_kernels(precision, Need { shape, precision })
    }

    /// Sets the number of threads that compute together. The audio and all tokens are forgotten.
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.network.set_threads(threads);
    }

    /// Computes the keys and values of `encoder_output`, `[context.positions(), width]` row-major, for
    /// tokens to attend to. All tokens are forgotten.
    pub fn set_audio(
        &mut self,
        context: AudioContext,
        encoder_output: &[f32],
    ) -> Result<(), DecodeError> {
        let expected = self.shape.width * context.positions();
        expect_length("encoder output", expected, encoder_output.len())
            .map_err(DecodeError::EncoderOutput)?;
        self.network.set_audio(encoder_output).map_err(|Closed| DecodeError::Panicked)
    }

    /// Returns the logits of the token that follows `tokens`, `[vocabulary]`. These follow the first
    /// `past` tokens since the audio was set, whose keys and values are cached.
    pub fn forward(&mut self, tokens: &[u32], past: usize) -> Result<&[f32], DecodeError> {
        let are_known = tokens.iter().all(|&token| (token as usize) < self.shape.vocabulary);
        if tokens.is_empty() || !are_known || past.saturating_add(tokens.len()) > TEXT {
            return Err(DecodeError::Tokens);
        }
        self.hypotheses = 1;
        let logits = &mut self.logits[..self.shape.vocabulary];
        let done = self.network.forward(tokens, past, logits);
        done.map_err(|Closed| DecodeError::Panicked)?;
        Ok(&self.logits[..self.shape.vocabulary])
    }

    /// Continues hypotheses by one token each, and returns the logits after each,
    /// `[tokens.len(), vocabulary]` row-major. Weights are read once for all of them.
    ///
    /// Hypothesis `i` is what hypothesis `parents[i]` of the step before was, its first `past` tokens,
    /// followed by `tokens[i]`. Before the first such step there is one hypothesis, number 0: what
    /// [`Decoder::forward`] was given. There are at most [`MAX_HYPOTHESES`].
    pub fn forward_beam(
        &mut self,
        tokens: &[u32],
        parents: &[usize],
        past: usize,
    ) -> Result<&[f32], DecodeError> {
        let are_known = tokens.iter().all(|&token| (token as usize) < self.shape.vocabulary);
        let is_beam = (1..=MAX_HYPOTHESES).contains(&tokens.len())
            && tokens.len() == parents.len()
            && parents.iter().all(|&parent| parent < self.hypotheses);
        if !are_known || !is_beam || past >= TEXT {
            return Err(DecodeError::Tokens);
        }
        self.hypotheses = tokens.len();
        let count = tokens.len() * self.shape.vocabulary;
        self.logits.resize(count.max(self.logits.len()), 0.0);
        let logits = &mut self.logits[..count];
        let done = self.network.forward_beam(tokens, parents, past, logits);
        done.map_err(|Closed| DecodeError::Panicked)?;
        Ok(&self.logits[..count])
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EncoderOutput(_) => f.write_str("the encoder's output does not fit the decoder"),
            Self::Tokens => f.write_str("the decoder holds no such tokens"),
            Self::Panicked => f.write_str("a thread of the decoder has panicked"),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::EncoderOutput(error) => Some(error),
            Self::Tokens | Self::Panicked => None,
        }
    }
}

/// Number type that the weights of most matrices are stored in.
///
/// A token takes as long as they take to come from memory. In 8 bits, with a scale for each 32, real
/// speech is transcribed as well as in 16; model files have no more than these.
fn storage(precision: Precision) -> Storage {
    match precision {
        Precision::F32 => Storage::F16,
        Precision::Half | Precision::Int8 => Storage::Int8,
    }
}

struct Load<'a, T> {
    shape: DecoderShape,
    precision: Precision,
    threads: NonZeroUsize,
    tensors: &'a mut T,
}

impl<T: Tensors> WithKernels for Load<'_, T> {
    type Output = Result<Decoder, T::Error>;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(
        self,
        Kernels { attention, rows, .. }: Kernels<L, K, R>,
    ) -> Self::Output {
        let Self { shape, precision, threads, tensors } = self;
        let weights = Weights::read(attention, rows, shape, storage(precision), tensors)?;
        let network = Box::new(Threads::new(weights, threads));
        Ok(Decoder { shape, network, hypotheses: 1, logits: vec![0.0; shape.vocabulary] })
    }
}

struct Need {
    shape: DecoderShape,
    precision: Precision,
}

impl WithKernels for Need {
    type Output = u64;

    fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, _: Kernels<L, K, R>) -> u64 {
        let DecoderShape { width, layers, vocabulary } = self.shape;
        let weights = vocabulary * width + layers * (6 + 2 * MLP) * width * width;
        let weight_bytes = match storage(self.precision) {
            Storage::F16 => weights * 2,
            // A scale of 4 bytes for each 32.
            Storage::Int8 => weights + weights / 8,
        };
        let cross_bytes = PackedMatrix::<K>::bytes(layers * 2 * width * width);
        let caches = layers * 2 * (POSITIONS + MAX_HYPOTHESES * TEXT) * width * 2;
        // The encoder's output, positions, and logits with both of their publications.
        let rest = (POSITIONS + TEXT) * width * 4 + 3 * MAX_HYPOTHESES * vocabulary * 4;
        (weight_bytes + cross_bytes + caches + rest) as u64
    }
}
