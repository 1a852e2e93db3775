//! One layer, for one block of rows.

use crate::attention::{Attention, BLOCK, HEAD, Projected, attend};
use crate::kernel::{Kernel, Linear, ROWS};
use crate::matrix::Matrix;
use crate::norm::Norm;
use crate::strips::{Strips, put};

/// How much wider the inside of a layer is.
pub(crate) const INNER: usize = 4;

/// The weights of a layer.
pub(crate) struct Layer<L: Linear> {
    pub(crate) before_attention: Norm,
    pub(crate) query: Matrix<L>,
    pub(crate) key: Matrix<L>,
    pub(crate) value: Matrix<L>,
    pub(crate) output: Matrix<L>,
    pub(crate) before_inner: Norm,
    pub(crate) widen: Matrix<L>,
    pub(crate) narrow: Matrix<L>,
}

/// What one thread needs to work.
pub(crate) struct Scratch<L: Linear, K: Kernel> {
    normal: Vec<f32>,
    found: Vec<f32>,
    strips: Strips<L>,
    inner: Strips<L>,
    attention: Attention<K>,
}

impl<L: Linear, K: Kernel> Scratch<L, K> {
    pub(crate) fn new(positions: usize, width: usize) -> Self {
        Self {
            normal: vec![0.0; width],
            found: vec![0.0; BLOCK * width],
            strips: Strips::new(BLOCK / ROWS, width),
            inner: Strips::new(BLOCK / ROWS, width * INNER),
            attention: Attention::new(positions),
        }
    }
}

impl<L: Linear> Layer<L> {
    /// What the rows of a block ask and tell.
    #[inline(always)]
    pub(crate) fn project<K: Kernel>(
        &self,
        linear: L,
        kernel: K,
        rows: &[f32],
        scratch: &mut Scratch<L, K>,
        projected: &mut Projected<K>,
    ) {
        let strips = scratch.normalize(&self.before_attention, rows);
        // The root of the scale on either side is the whole of it on one.
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let scale = (HEAD as f32).sqrt().recip() * K::SCORE;
        let left = &scratch.strips;
        self.query.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                tile.as_flattened_mut().iter_mut().for_each(|number| *number *= scale);
                projected.put_queries(strip, column, tile);
            },
        );
        self.key.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                projected.put_keys(kernel, strip, column, tile);
            },
        );
        self.value.multiply(
            linear,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                projected.put_values(strip, column, tile);
            },
        );
    }

    /// Attention and what follows it, for the rows of `block`.
    #[inline(always)]
    pub(crate) fn apply<K: Kernel>(
        &self,
        linear: L,
        kernel: K,
        all: &[Projected<K>],
        block: usize,
        rows: &mut [f32],
        scratch: &mut Scratch<L, K>,
    ) {
        let width = scratch.normal.len();
        let strips = rows.len() / width / ROWS;
        attend(kernel, all, block, &mut scratch.attention, &mut scratch.found);
        for (index, row) in scratch.found[..rows.len()].chunks_exact(width).enumerate() {
            put::<L>(scratch.strips.strip_mut(index / ROWS), index % ROWS, row);
        }
        self.output.add(linear, &scratch.strips, strips, rows);
        scratch.normalize(&self.before_inner, rows);
        let inner = &mut scratch.inner;
        self.widen.multiply(
            linear,
            &scratch.strips,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                linear.activate(tile);
                linear.put_tile(&mut inner.strip_mut(strip)[column / L::DEPTH..], tile);
            },
        );
        self.narrow.add(linear, inner, strips, rows);
    }
}

impl<L: Linear, K: Kernel> Scratch<L, K> {
    /// Normalises rows into strips, and tells how many.
    #[inline(always)]
    fn normalize(&mut self, norm: &Norm, rows: &[f32]) -> usize {
        let width = self.normal.len();
        for (index, row) in rows.chunks_exact(width).enumerate() {
            norm.apply(row, &mut self.normal);
            put::<L>(self.strips.strip_mut(index / ROWS), index % ROWS, &self.normal);
        }
        rows.len() / width / ROWS
    }
}
