//! The whole encoder.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::attention::{BLOCK, HEAD, Projected};
use crate::block::{INNER, Layer, Scratch};
use crate::convolution::{Convolutions, Frames, taps_outermost};
use crate::kernel::{Kernel, Linear};
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86::{Avx2, Avx512, Bf16};
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_integers::Int8;
use crate::matrix::Matrix;
use crate::norm::Norm;

/// Positions that a Whisper model sees at once: 30 s, 50 in a second. A multiple of 12.
const POSITIONS: usize = 1500;

/// Frames of the spectrum: 100 in a second.
const FRAMES: usize = 2 * POSITIONS;

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

/// How exactly the weights are known, and so multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Floats of 16 bits or more.
    Sixteen,
    /// 8 bits or less, with a scale for each 32 weights.
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
        let name = name.strip_prefix("encoder.")?;
        let part = match name.strip_prefix("blocks.") {
            None => name,
            Some(block) => {
                let (layer, part) = block.split_once('.')?;
                (layer.parse::<usize>().ok()? < layers).then_some(part)?
            }
        };
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
        #[cfg(target_arch = "x86_64")]
        {
            let tensor = &mut tensor;
            let integers = Int8::detect().filter(|_| precision == Precision::Eight);
            return Ok(Some(match (integers, Bf16::detect(), Avx512::detect(), Avx2::detect()) {
                (Some(integers), Some(kernel), ..) => {
                    Weights::read(integers, kernel, shape, tensor)?.boxed("int8 and bf16")
                }
                (Some(integers), None, Some(kernel), _) => {
                    Weights::read(integers, kernel, shape, tensor)?.boxed("int8 and avx512")
                }
                (_, Some(kernel), ..) => Weights::read(kernel, kernel, shape, tensor)?.boxed("bf16"),
                (_, _, Some(kernel), _) => {
                    Weights::read(kernel, kernel, shape, tensor)?.boxed("avx512")
                }
                (_, _, _, Some(kernel)) => {
                    Weights::read(kernel, kernel, shape, tensor)?.boxed("avx2")
                }
                _ => return Ok(None),
            }));
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = (shape, precision, &mut tensor);
            Ok(None)
        }
    }

    /// What it computes with: `bf16`, `avx512` or `avx2`.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.kernel
    }

    /// How many bytes one of this shape takes, at rest and at work. `None` where [`Encoder::new`]
    /// makes none.
    #[must_use]
    pub fn need_bytes(shape: Shape) -> Option<u64> {
        let number_bytes = number_bytes()?;
        let Shape { width, layers, bands } = shape;
        let weights = layers * (4 + 2 * INNER) * width * width + 3 * width * (width + bands);
        // Positions and residual stay as they are; twice the queries, keys and values of all.
        let rows = POSITIONS * width * (2 * size_of::<f32>() + 6 * number_bytes);
        u64::try_from(weights * number_bytes + rows).ok()
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
        f.debug_struct("Encoder").field("shape", shape).field("kernel", kernel).finish_non_exhaustive()
    }
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, expected, found } = self;
        write!(f, "`{name}` has {found} numbers in place of {expected}")
    }
}

impl std::error::Error for WrongLength {}

/// An encoder whatever its kernel.
trait Network: Send + Sync {
    fn run(&self, spectrum: &[f32], rows: &mut [f32], threads: NonZeroUsize);
}

struct Weights<L: Linear, K: Kernel> {
    linear: L,
    kernel: K,
    shape: Shape,
    convolutions: Convolutions<K>,
    layers: Vec<Layer<L>>,
    last: Norm,
}

impl<L: Linear, K: Kernel> Weights<L, K> {
    fn read<E: From<WrongLength>>(
        linear: L,
        kernel: K,
        shape: Shape,
        tensor: &mut impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let Shape { width, layers, bands } = shape;
        let mut tensor = |name: &str, length: usize| {
            let name = format!("encoder.{name}");
            let numbers = tensor(&name)?;
            expect_length(&name, length, numbers.len())?;
            Ok::<_, E>(numbers)
        };
        let first = taps_outermost(&tensor("conv1.weight", 3 * bands * width)?, bands);
        let second = taps_outermost(&tensor("conv2.weight", 3 * width * width)?, width);
        let convolutions = Convolutions {
            first: Matrix::new(&first, 3 * bands, tensor("conv1.bias", width)?),
            second: Matrix::new(&second, 3 * width, tensor("conv2.bias", width)?),
            bands,
            width,
            positions: tensor("positional_embedding", POSITIONS * width)?,
        };
        let layers = (0..layers)
            .map(|layer| {
                let mut norm = |name: &str| {
                    let weight = tensor(&format!("blocks.{layer}.{name}.weight"), width)?;
                    Ok::<_, E>(Norm::new(weight, tensor(&format!("blocks.{layer}.{name}.bias"), width)?))
                };
                let (before_attention, before_inner) = (norm("attn_ln")?, norm("mlp_ln")?);
                let mut matrix = |name: &str, inputs: usize, outputs: usize| {
                    let name = format!("blocks.{layer}.{name}");
                    let weights = tensor(&format!("{name}.weight"), inputs * outputs)?;
                    // Keys are compared with each other: a bias would move all alike.
                    let bias = match name.ends_with("key") {
                        true => Vec::new(),
                        false => tensor(&format!("{name}.bias"), outputs)?,
                    };
                    Ok::<_, E>(Matrix::new(&weights, inputs, bias))
                };
                Ok(Layer {
                    before_attention,
                    query: matrix("attn.query", width, width)?,
                    key: matrix("attn.key", width, width)?,
                    value: matrix("attn.value", width, width)?,
                    output: matrix("attn.out", width, width)?,
                    before_inner,
                    widen: matrix("mlp.0", width, width * INNER)?,
                    narrow: matrix("mlp.2", width * INNER, width)?,
                })
            })
            .collect::<Result<_, E>>()?;
        let weight = tensor("ln_post.weight", width)?;
        let last = Norm::new(weight, tensor("ln_post.bias", width)?);
        Ok(Self { linear, kernel, shape, convolutions, layers, last })
    }

    fn boxed(self, kernel: &'static str) -> Encoder {
        Encoder { shape: self.shape, kernel, network: Box::new(self) }
    }
}

impl<L: Linear, K: Kernel> Network for Weights<L, K> {
    /// The residual is kept in `rows` from the first to the last.
    fn run(&self, spectrum: &[f32], rows: &mut [f32], threads: NonZeroUsize) {
        let width = self.shape.width;
        let mut blocks: Vec<&mut [f32]> = rows.chunks_mut(BLOCK * width).collect();
        let projected = || -> Vec<Projected<K>> {
            let heads = width / HEAD;
            blocks.iter().map(|rows| Projected::new(rows.len() / width, heads)).collect()
        };
        let (mut all, mut next) = (projected(), projected());
        share(threads, &mut blocks, &mut next, &Start { weights: self, spectrum });
        for layer in 0..self.layers.len() {
            std::mem::swap(&mut all, &mut next);
            share(threads, &mut blocks, &mut next, &Step { weights: self, all: &all, layer });
        }
    }
}

/// What is done to all blocks before anything else is done to any.
trait Stage<K: Kernel>: Sync {
    /// What each thread needs to work.
    type Own;

    fn own(&self) -> Self::Own;

    fn kernel(&self) -> K;

    /// Works on the rows of a block, and fills in what the next stage is told of it.
    fn work(&self, own: &mut Self::Own, block: usize, rows: &mut [f32], told: &mut Projected<K>);
}

/// From the spectrum to the first layer's questions.
struct Start<'a, L: Linear, K: Kernel> {
    weights: &'a Weights<L, K>,
    spectrum: &'a [f32],
}

/// From one layer's questions to those of the next, or to the end.
struct Step<'a, L: Linear, K: Kernel> {
    weights: &'a Weights<L, K>,
    all: &'a [Projected<K>],
    layer: usize,
}

impl<L: Linear, K: Kernel> Stage<K> for Start<'_, L, K> {
    type Own = (Frames<K>, Scratch<L, K>);

    fn own(&self) -> Self::Own {
        let Shape { width, bands, .. } = self.weights.shape;
        (Frames::new(bands, width), Scratch::new(POSITIONS, width))
    }

    fn kernel(&self) -> K {
        self.weights.kernel
    }

    #[inline(always)]
    fn work(&self, own: &mut Self::Own, block: usize, rows: &mut [f32], told: &mut Projected<K>) {
        let Weights { linear, kernel, convolutions, layers, .. } = self.weights;
        let (frames, scratch) = own;
        convolutions.apply(*kernel, self.spectrum, block, frames, rows);
        if let Some(layer) = layers.first() {
            layer.project(*linear, rows, scratch, told);
        }
    }
}

impl<L: Linear, K: Kernel> Stage<K> for Step<'_, L, K> {
    type Own = Scratch<L, K>;

    fn own(&self) -> Self::Own {
        Scratch::new(POSITIONS, self.weights.shape.width)
    }

    fn kernel(&self) -> K {
        self.weights.kernel
    }

    #[inline(always)]
    fn work(&self, own: &mut Self::Own, block: usize, rows: &mut [f32], told: &mut Projected<K>) {
        let Weights { linear, kernel, layers, last, .. } = self.weights;
        layers[self.layer].apply(*linear, *kernel, self.all, block, rows, own);
        match layers.get(self.layer + 1) {
            Some(next) => next.project(*linear, rows, own, told),
            None => last.apply_in_place(rows),
        }
    }
}

/// Does a stage on as many threads, which take one block after the other.
fn share<K: Kernel, S: Stage<K>>(
    threads: NonZeroUsize,
    blocks: &mut [&mut [f32]],
    told: &mut [Projected<K>],
    stage: &S,
) {
    let left = Mutex::new(blocks.iter_mut().zip(told).enumerate());
    let take = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let labour = || {
        let mut own = stage.own();
        while let Some((block, (rows, told))) = take() {
            stage.kernel().vectorize(
                #[inline(always)]
                || stage.work(&mut own, block, rows, told),
            );
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(labour);
        }
        labour();
    });
}

/// What a number of a matrix takes, where there is a kernel.
fn number_bytes() -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    {
        if Bf16::detect().is_some() {
            return Some(2);
        }
        if Avx2::detect().is_some() {
            return Some(4);
        }
    }
    None
}

fn expect_length(name: &str, expected: usize, found: usize) -> Result<(), WrongLength> {
    if expected == found {
        Ok(())
    } else {
        Err(WrongLength { name: name.to_owned(), expected, found })
    }
}
