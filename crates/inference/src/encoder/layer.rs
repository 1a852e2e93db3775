//! One layer, for one block of rows.

use super::attention::{AttentionScratch, Projections, attend};
use crate::kernel::{AttentionKernel, BLOCK, MatMul, ROWS};
use crate::layer_norm::LayerNorm;
use crate::packed_matrix::PackedMatrix;
use crate::shape::{HEAD, MLP};
use crate::strips::Strips;

/// Weights of a layer (`ResidualAttentionBlock`).
pub(super) struct Layer<L: MatMul> {
    pub(super) attn_ln: LayerNorm,
    pub(super) query: PackedMatrix<L>,
    pub(super) key: PackedMatrix<L>,
    pub(super) value: PackedMatrix<L>,
    pub(super) out: PackedMatrix<L>,
    pub(super) mlp_ln: LayerNorm,
    pub(super) fc1: PackedMatrix<L>,
    pub(super) fc2: PackedMatrix<L>,
}

/// Memory that one thread works in.
pub(super) struct Scratch<L: MatMul, K: AttentionKernel> {
    /// One row.
    normal: Vec<f32>,
    attended: Vec<f32>,
    strips: Strips<L>,
    /// Hidden rows of the MLP.
    mlp: Strips<L>,
    attention: AttentionScratch<K>,
}

impl<L: MatMul, K: AttentionKernel> Scratch<L, K> {
    pub(super) fn new(positions: usize, width: usize) -> Self {
        Self {
            normal: vec![0.0; width],
            attended: vec![0.0; BLOCK * width],
            strips: Strips::new(BLOCK / ROWS, width),
            mlp: Strips::new(BLOCK / ROWS, width * MLP),
            attention: AttentionScratch::new(positions),
        }
    }

    /// Packs the normalised rows, and returns the number of strips.
    #[inline(always)]
    fn normalize(&mut self, layer_norm: &LayerNorm, hidden: &[f32]) -> usize {
        let width = self.normal.len();
        for (index, row) in hidden.chunks_exact(width).enumerate() {
            layer_norm.apply(row, &mut self.normal);
            self.strips.put(index, &self.normal);
        }
        hidden.len() / width / ROWS
    }
}

impl<L: MatMul> Layer<L> {
    /// Projects a block of rows to queries, keys and values.
    #[inline(always)]
    pub(super) fn project<K: AttentionKernel>(
        &self,
        linear: L,
        kernel: K,
        hidden: &[f32],
        scratch: &mut Scratch<L, K>,
        projections: &mut Projections<K>,
    ) {
        let strips = scratch.normalize(&self.attn_ln, hidden);
        // Whisper scales queries and keys by the fourth root of 1/64 each; scaling queries alone by
        // the square root is the same.
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let scale = (HEAD as f32).sqrt().recip() * K::SCORE_SCALE;
        let left = &scratch.strips;
        self.query.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                tile.as_flattened_mut().iter_mut().for_each(|number| *number *= scale);
                projections.put_queries(strip, column, tile);
            },
        );
        self.key.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                projections.put_keys(kernel, strip, column, tile);
            },
        );
        self.value.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                projections.put_values(strip, column, tile);
            },
        );
    }

    /// Adds attention and then the MLP to the hidden state of `block`.
    #[inline(always)]
    pub(super) fn forward<K: AttentionKernel>(
        &self,
        linear: L,
        kernel: K,
        all: &[Projections<K>],
        block: usize,
        hidden: &mut [f32],
        scratch: &mut Scratch<L, K>,
    ) {
        let width = scratch.normal.len();
        attend(kernel, all, block, &mut scratch.attention, &mut scratch.attended);
        let strips = scratch.strips.put_rows(&scratch.attended[..hidden.len()], width);
        self.out.add_product(linear, &scratch.strips, strips, hidden);
        scratch.normalize(&self.mlp_ln, hidden);
        let mlp = &mut scratch.mlp;
        self.fc1.multiply(
            linear,
            &scratch.strips,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                linear.gelu(tile);
                linear.put_tile(&mut mlp.strip_mut(strip)[column / L::DEPTH..], tile);
            },
        );
        self.fc2.add_product(linear, mlp, strips, hidden);
    }
}
