//! The whole encoder.

use std::fmt;
use std::num::NonZeroUsize;

use crate::block::INNER;
#[cfg(target_arch = "x86_64")]
use crate::kernel::{
    COLUMNS, Kernel, Linear,
    x86::{Avx2, Avx512},
    x86_bf16::Bf16,
    x86_integers::Int8,
};
#[cfg(target_arch = "x86_64")]
use crate::network::Weights;
use crate::network::{FRAMES, Network, POSITIONS};

/// What tells one encoder from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How wide its layers are: a multiple of 64.
    pub width: usize,
    /// How many layers it has.
    pub layers: usize,
    /// How many bands of the mel spectrum it hears: an even number.
    pub bands: usize,
}

/// How exactly is multiplied, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Floats of 32 bits.
    ThirtyTwo,
    /// Floats of 16 bits where the processor multiplies them faster, and else of 32.
    Sixteen,
    /// Integers of 8 bits, with a scale for each 32, where the processor multiplies them faster: no
    /// loss where the weights are known no better.
    Eight,
}

/// The encoder of a Whisper model, laid out for this processor.
pub struct Encoder {
    shape: Shape,
    kernel: &'static str,
    network: Box<dyn Network>,
}

/// A tensor or a buffer that does not fit the shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLength {
    /// What it is.
    pub name: String,
    /// How many numbers it should have.
    pub expected: usize,
    /// How many it has.
    pub found: usize,
}

impl Shape {
    /// How many numbers the tensor of that name has, if it has one.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<usize> {
        let Self { width, layers, bands } = *self;
        let part = part_of(name, "encoder.", layers)?;
        Some(match part {
            "conv1.weight" => 3 * bands * width,
            "conv2.weight" => 3 * width * width,
            "positional_embedding" => POSITIONS * width,
            "attn.query.weight" | "attn.key.weight" | "attn.value.weight" | "attn.out.weight" => {
                width * width
            }
            "mlp.0.weight" | "mlp.2.weight" => width * width * INNER,
            "mlp.0.bias" => width * INNER,
            _ => width,
        })
    }
}

impl Encoder {
    /// Lays out the weights that `tensor` gives by their names in Whisper's own files, in their
    /// order there. `None` where this processor has nothing that is worth it.
    pub fn new<E: From<WrongLength>>(
        shape: Shape,
        precision: Precision,
        mut tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Option<Self>, E> {
        best(shape, precision, &mut tensor)
    }

    /// What it computes with, `bf16` for one.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.kernel
    }

    /// How many bytes one of this shape takes at most, at rest and at work. `None` where [`Encoder::new`]
    /// makes none.
    #[must_use]
    pub fn need_bytes(shape: Shape, precision: Precision) -> Option<u64> {
        let number_bytes = number_bytes(precision)?;
        let Shape { width, layers, bands } = shape;
        let weights = layer_bytes(layers * (4 + 2 * INNER) * width * width, precision)?;
        let convolutions = 3 * width * (width + bands) * number_bytes;
        // Positions and residual stay as they are; twice the queries, keys and values of all, which
        // fill up to 72 rows of 64.
        let rows = POSITIONS * width * (2 * size_of::<f32>() + 7 * number_bytes);
        u64::try_from(weights + convolutions + rows).ok()
    }

    /// How many numbers [`Encoder::encode`] answers.
    #[must_use]
    pub fn row_numbers(&self) -> usize {
        POSITIONS * self.shape.width
    }

    /// Computes what the decoder attends to: 1500 rows as wide as the model, from a spectrum of
    /// 3000 frames, band by band.
    pub fn encode(
        &self,
        spectrum: &[f32],
        rows: &mut [f32],
        threads: NonZeroUsize,
    ) -> Result<(), WrongLength> {
        expect_length("spectrum", self.shape.bands * FRAMES, spectrum.len())?;
        expect_length("rows", self.shape.width * POSITIONS, rows.len())?;
        self.network.run(spectrum, rows, threads);
        Ok(())
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shape, kernel, .. } = self;
        f.debug_struct("Encoder")
            .field("shape", shape)
            .field("kernel", kernel)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, expected, found } = self;
        write!(f, "`{name}` has {found} numbers in place of {expected}")
    }
}

impl std::error::Error for WrongLength {}

/// The best there is for this processor.
#[cfg(target_arch = "x86_64")]
fn best<E: From<WrongLength>>(
    shape: Shape,
    precision: Precision,
    tensor: &mut impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Option<Encoder>, E> {
    let integers = Int8::detect().filter(|_| precision == Precision::Eight);
    let halves = Bf16::detect().filter(|_| precision != Precision::ThirtyTwo);
    let encoder = match (integers, halves, Avx512::detect(), Avx2::detect()) {
        (Some(integers), Some(kernel), ..) => {
            boxed("int8 and bf16", shape, Weights::read(integers, kernel, shape, tensor)?)
        }
        (Some(integers), None, Some(kernel), _) => {
            boxed("int8 and avx512", shape, Weights::read(integers, kernel, shape, tensor)?)
        }
        (_, Some(kernel), ..) => {
            boxed("bf16", shape, Weights::read(kernel, kernel, shape, tensor)?)
        }
        (_, _, Some(kernel), _) => {
            boxed("avx512", shape, Weights::read(kernel, kernel, shape, tensor)?)
        }
        (_, _, _, Some(kernel)) => {
            boxed("avx2", shape, Weights::read(kernel, kernel, shape, tensor)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(encoder))
}

#[cfg(target_arch = "x86_64")]
fn boxed(
    kernel: &'static str,
    shape: Shape,
    weights: Weights<impl Linear, impl Kernel>,
) -> Encoder {
    Encoder { shape, kernel, network: Box::new(weights) }
}

/// whisper.cpp's own kernels multiply in 16 bits there, which is twice as much as 32.
#[cfg(not(target_arch = "x86_64"))]
fn best<E: From<WrongLength>>(
    _shape: Shape,
    _precision: Precision,
    _tensor: &mut impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Option<Encoder>, E> {
    Ok(None)
}

/// What so many weights of layers take, where there is a kernel.
fn layer_bytes(weights: usize, precision: Precision) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if precision == Precision::Eight && Int8::detect().is_some() {
        // A unit is a panel wide.
        let unit = COLUMNS * <Int8 as Linear>::DEPTH;
        return Some(weights / unit * size_of::<<Int8 as Linear>::Right>());
    }
    Some(weights * number_bytes(precision)?)
}

/// What a number of any other matrix takes, where there is a kernel.
pub(crate) fn number_bytes(precision: Precision) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if precision != Precision::ThirtyTwo && Bf16::detect().is_some() {
        return Some(2);
    } else if Avx2::detect().is_some() {
        return Some(4);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = precision;
    None
}

/// What a tensor is in its layer, or beside the layers, of which there are so many; where it is of
/// this `side`.
pub(crate) fn part_of<'a>(name: &'a str, side: &str, layers: usize) -> Option<&'a str> {
    let name = name.strip_prefix(side)?;
    let Some(block) = name.strip_prefix("blocks.") else { return Some(name) };
    let (layer, part) = block.split_once('.')?;
    (layer.parse::<usize>().ok()? < layers).then_some(part)
}

pub(crate) fn expect_length(name: &str, expected: usize, found: usize) -> Result<(), WrongLength> {
    if expected == found {
        Ok(())
    } else {
        Err(WrongLength { name: name.to_owned(), expected, found })
    }
}
