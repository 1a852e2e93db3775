//! The stages of an encoder, and how threads share them.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Network;
use super::attention::Projections;
use super::convolution::Frames;
use super::layer::Scratch;
use super::weights::Weights;
use crate::kernel::{AttentionKernel, BLOCK, MatMul};
use crate::shape::{EncoderShape, HEAD, POSITIONS};

impl<L: MatMul, K: AttentionKernel> Network for Weights<L, K> {
    /// Keeps the hidden state, the residual of all layers, in `output`.
    fn forward(&self, mel: &[f32], output: &mut [f32], threads: NonZeroUsize) {
        let width = self.shape.width;
        let mut blocks: Vec<&mut [f32]> = output.chunks_mut(BLOCK * width).collect();
        let projections = || -> Vec<Projections<K>> {
            let heads = width / HEAD;
            blocks.iter().map(|hidden| Projections::new(hidden.len() / width, heads)).collect()
        };
        let (mut all, mut next) = (projections(), projections());
        run(threads, &mut blocks, &mut next, &ConvolutionStage { weights: self, mel });
        for layer in 0..self.layers.len() {
            std::mem::swap(&mut all, &mut next);
            run(threads, &mut blocks, &mut next, &LayerStage { weights: self, all: &all, layer });
        }
    }
}

/// Work that must be done on all blocks before the next can begin.
trait Stage<K: AttentionKernel>: Sync {
    /// Memory that each thread works in.
    type Scratch;

    fn scratch(&self) -> Self::Scratch;

    fn kernel(&self) -> K;

    /// Computes the hidden state of a block, `[rows, width]`, and its projections for the next stage.
    fn work(
        &self,
        scratch: &mut Self::Scratch,
        block: usize,
        hidden: &mut [f32],
        next: &mut Projections<K>,
    );
}

/// From the spectrogram to the projections of the first layer.
struct ConvolutionStage<'a, L: MatMul, K: AttentionKernel> {
    weights: &'a Weights<L, K>,
    mel: &'a [f32],
}

/// From the projections of a layer to those of the next, or to the output.
struct LayerStage<'a, L: MatMul, K: AttentionKernel> {
    weights: &'a Weights<L, K>,
    all: &'a [Projections<K>],
    layer: usize,
}

impl<L: MatMul, K: AttentionKernel> Stage<K> for ConvolutionStage<'_, L, K> {
    type Scratch = (Frames<K>, Scratch<L, K>);

    fn scratch(&self) -> Self::Scratch {
        let EncoderShape { width, mel_bands, .. } = self.weights.shape;
        (Frames::new(mel_bands, width), Scratch::new(POSITIONS, width))
    }

    fn kernel(&self) -> K {
        self.weights.kernel
    }

    #[inline(always)]
    fn work(
        &self,
        (frames, scratch): &mut Self::Scratch,
        block: usize,
        hidden: &mut [f32],
        next: &mut Projections<K>,
    ) {
        let Weights { linear, kernel, convolutions, layers, .. } = self.weights;
        convolutions.forward(*kernel, self.mel, block, frames, hidden);
        if let Some(layer) = layers.first() {
            layer.project(*linear, *kernel, hidden, scratch, next);
        }
    }
}

impl<L: MatMul, K: AttentionKernel> Stage<K> for LayerStage<'_, L, K> {
    type Scratch = Scratch<L, K>;

    fn scratch(&self) -> Self::Scratch {
        Scratch::new(POSITIONS, self.weights.shape.width)
    }

    fn kernel(&self) -> K {
        self.weights.kernel
    }

    #[inline(always)]
    fn work(
        &self,
        scratch: &mut Self::Scratch,
        block: usize,
        hidden: &mut [f32],
        next: &mut Projections<K>,
    ) {
        let Weights { linear, kernel, layers, ln_post, .. } = self.weights;
        layers[self.layer].forward(*linear, *kernel, self.all, block, hidden, scratch);
        match layers.get(self.layer + 1) {
            Some(layer) => layer.project(*linear, *kernel, hidden, scratch, next),
            None => ln_post.apply_in_place(hidden),
        }
    }
}

/// Runs a stage on threads that take one block after the other.
fn run<K: AttentionKernel, S: Stage<K>>(
    threads: NonZeroUsize,
    blocks: &mut [&mut [f32]],
    next: &mut [Projections<K>],
    stage: &S,
) {
    let left = Mutex::new(blocks.iter_mut().zip(next).enumerate());
    let take = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut scratch = stage.scratch();
        while let Some((block, (hidden, next))) = take() {
            stage.kernel().vectorize(
                #[inline(always)]
                || stage.work(&mut scratch, block, hidden, next),
            );
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(work);
        }
        work();
    });
}
