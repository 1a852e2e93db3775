//! The layers of an encoder, and how threads share them.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::attention::{BLOCK, HEAD, Projected};
use crate::block::{INNER, Layer, Scratch};
use crate::convolution::{Convolutions, Frames, taps_outermost};
use crate::kernel::{Kernel, Linear};
use crate::matrix::Matrix;
use crate::model::{Shape, WrongLength, expect_length};
use crate::norm::Norm;

/// Positions that a Whisper model sees at once: 30 s, 50 in a second. A multiple of 12.
pub(crate) const POSITIONS: usize = 1500;

/// Frames of the spectrum: 100 in a second.
pub(crate) const FRAMES: usize = 2 * POSITIONS;

/// An encoder whatever its kernel.
pub(crate) trait Network: Send + Sync {
    fn run(&self, spectrum: &[f32], rows: &mut [f32], threads: NonZeroUsize);
}

pub(crate) struct Weights<L: Linear, K: Kernel> {
    linear: L,
    kernel: K,
    shape: Shape,
    convolutions: Convolutions<K>,
    layers: Vec<Layer<L>>,
    last: Norm,
}

impl<L: Linear, K: Kernel> Weights<L, K> {
    /// Lays out the weights that `tensor` gives by their names.
    pub(crate) fn read<E: From<WrongLength>>(
        linear: L,
        kernel: K,
        shape: Shape,
        tensor: &mut impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let Shape { width, layers, bands } = shape;
        let mut tensor = |name: &str| {
            let name = format!("encoder.{name}");
            let numbers = tensor(&name)?;
            expect_length(&name, shape.numbers(&name).unwrap_or(0), numbers.len())?;
            Ok::<_, E>(numbers)
        };
        let first = taps_outermost(&tensor("conv1.weight")?, bands);
        let second = taps_outermost(&tensor("conv2.weight")?, width);
        let convolutions = Convolutions {
            first: Matrix::new(&first, 3 * bands, tensor("conv1.bias")?),
            second: Matrix::new(&second, 3 * width, tensor("conv2.bias")?),
            bands,
            width,
            positions: tensor("positional_embedding")?,
        };
        let layers = (0..layers)
            .map(|layer| {
                let mut tensor = |name: &str| tensor(&format!("blocks.{layer}.{name}"));
                let mut norm = |name: &str| {
                    let weight = tensor(&format!("{name}.weight"))?;
                    Ok::<_, E>(Norm::new(weight, tensor(&format!("{name}.bias"))?))
                };
                let (before_attention, before_inner) = (norm("attn_ln")?, norm("mlp_ln")?);
                let mut matrix = |name: &str, inputs: usize| {
                    let weights = tensor(&format!("{name}.weight"))?;
                    // A bias of the keys would move all scores of a query alike.
                    let bias = match name {
                        "attn.key" => Vec::new(),
                        _ => tensor(&format!("{name}.bias"))?,
                    };
                    Ok::<_, E>(Matrix::new(&weights, inputs, bias))
                };
                Ok(Layer {
                    before_attention,
                    query: matrix("attn.query", width)?,
                    key: matrix("attn.key", width)?,
                    value: matrix("attn.value", width)?,
                    output: matrix("attn.out", width)?,
                    before_inner,
                    widen: matrix("mlp.0", width)?,
                    narrow: matrix("mlp.2", width * INNER)?,
                })
            })
            .collect::<Result<_, E>>()?;
        let weight = tensor("ln_post.weight")?;
        let last = Norm::new(weight, tensor("ln_post.bias")?);
        Ok(Self { linear, kernel, shape, convolutions, layers, last })
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
            layer.project(*linear, *kernel, rows, scratch, told);
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
            Some(next) => next.project(*linear, *kernel, rows, own, told),
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
