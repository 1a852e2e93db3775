//! The whole decoder.

#[cfg(target_arch = "x86_64")]
mod crew;
#[cfg(target_arch = "x86_64")]
mod memory;
#[cfg(target_arch = "x86_64")]
mod share;
#[cfg(target_arch = "x86_64")]
mod threads;
#[cfg(target_arch = "x86_64")]
mod weights;

use std::fmt;
use std::num::NonZeroUsize;

#[cfg(target_arch = "x86_64")]
use self::threads::{best, has_kernel};
use crate::block::INNER;
use crate::model::{Precision, WrongLength, expect_length, number_bytes, part_of};
use crate::network::POSITIONS;

/// Tokens that every Whisper model holds.
const TEXT: usize = 448;

/// Gives the numbers of a tensor, by its name in Whisper's own files, in pieces of whole blocks of 32.
pub type Tensors<'a, E> = dyn FnMut(&str, &mut dyn FnMut(&[f32])) -> Result<(), E> + 'a;

/// What tells one decoder from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How wide its layers are: a multiple of 64.
    pub width: usize,
    /// How many layers it has.
    pub layers: usize,
    /// How many tokens it knows.
    pub vocabulary: usize,
}

impl Shape {
    /// How many numbers the tensor of that name has, if it has one.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<usize> {
        let Self { width, layers, vocabulary } = *self;
        let part = part_of(name, "decoder.", layers)?;
        Some(match part {
            "token_embedding.weight" => vocabulary * width,
            "positional_embedding" => TEXT * width,
            "mlp.0.weight" | "mlp.2.weight" => width * width * INNER,
            "mlp.0.bias" => width * INNER,
            _ if part.contains("attn.") && part.ends_with("weight") => width * width,
            _ => width,
        })
    }
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A token that it does not know, or more tokens than it holds.
    Tokens,
    /// A thread has panicked. The decoder is of no use any more.
    Panicked,
}

/// The decoder of a Whisper model, on threads of its own.
pub struct Decoder {
    shape: Shape,
    crew: Box<dyn Work>,
    logits: Vec<f32>,
}

impl Decoder {
    /// Lays out the weights that `tensors` gives. `None` where this processor has nothing that is worth
    /// it. Weights stay in 16 bits, or 8 with [`Precision::Eight`]; all else is computed in 32, but the
    /// keys and values of the audio, as precisely as asked.
    pub fn new<E: From<WrongLength> + 'static>(
        shape: Shape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut Tensors<'_, E>,
    ) -> Result<Option<Self>, E> {
        let Some(crew) = best(shape, precision, threads, tensors)? else { return Ok(None) };
        Ok(Some(Self { shape, crew, logits: vec![0.0; shape.vocabulary] }))
    }

    /// How many bytes one of this shape takes at most. `None` where [`Decoder::new`] makes none.
    #[must_use]
    pub fn need_bytes(shape: Shape, precision: Precision) -> Option<u64> {
        let number_bytes = number_bytes(precision).filter(|_| has_kernel())?;
        let Shape { width, layers, vocabulary } = shape;
        let audio = layers * 2 * width * width;
        let weights = vocabulary * width + layers * (6 + 2 * INNER) * width * width;
        let weight_bytes = match precision {
            // A scale of 4 bytes for each 32.
            Precision::Eight => weights + weights / 8,
            Precision::Sixteen | Precision::ThirtyTwo => weights * 2,
        } + audio * number_bytes;
        let memories = layers * 2 * (POSITIONS + TEXT) * width * 2;
        let rest = (POSITIONS + TEXT) * width * 4 + 2 * vocabulary * 4;
        u64::try_from(weight_bytes + memories + rest).ok()
    }

    /// Computes on so many threads from now on. What was heard and written is forgotten.
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.crew.set_threads(threads);
    }

    /// Hears what the encoder has found, 1500 rows as wide as the model; what was written before is
    /// forgotten.
    pub fn listen(&mut self, found: &[f32]) -> Result<(), DecodeError> {
        expect_length("rows", self.shape.width * POSITIONS, found.len())
            .map_err(|_| DecodeError::Tokens)?;
        self.crew.listen(found).map_err(|Closed| DecodeError::Panicked)
    }

    /// The logits of what comes after `tokens`, which come after `past` others that were written since it
    /// listened.
    pub fn write(&mut self, tokens: &[u32], past: usize) -> Result<&[f32], DecodeError> {
        let are_known = tokens.iter().all(|&token| (token as usize) < self.shape.vocabulary);
        if tokens.is_empty() || !are_known || past.saturating_add(tokens.len()) > TEXT {
            return Err(DecodeError::Tokens);
        }
        let written = self.crew.write(tokens, past, &mut self.logits);
        written.map_err(|Closed| DecodeError::Panicked)?;
        Ok(&self.logits)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "the decoder holds no such tokens",
            Self::Panicked => "a thread of the decoder has panicked",
        })
    }
}

impl std::error::Error for DecodeError {}

/// A decoder whatever its kernel.
trait Work: Send {
    fn set_threads(&mut self, threads: NonZeroUsize);
    fn listen(&mut self, found: &[f32]) -> Result<(), Closed>;
    fn write(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed>;
}

/// The threads of a decoder have ended: one of them has panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Closed;

#[cfg(not(target_arch = "x86_64"))]
fn has_kernel() -> bool {
    false
}

/// whisper.cpp's own kernels are as quick there.
#[cfg(not(target_arch = "x86_64"))]
fn best<E: From<WrongLength> + 'static>(
    _shape: Shape,
    _precision: Precision,
    _threads: NonZeroUsize,
    _tensors: &mut Tensors<'_, E>,
) -> Result<Option<Box<dyn Work>>, E> {
    Ok(None)
}
