//! One layer, for one block of rows.

use crate::attention::{BLOCK, HEAD, Projected, Scores, attend};
use crate::float::gelu;
use crate::kernel::{Kernel, ROWS};
use crate::matrix::Matrix;
use crate::norm::Norm;
use crate::strips::{Strips, put};

/// How much wider the inside of a layer is.
pub(crate) const INNER: usize = 4;

/// The weights of a layer.
pub(crate) struct Layer<K: Kernel> {
    pub(crate) before_attention: Norm,
    pub(crate) query: Matrix<K>,
    pub(crate) key: Matrix<K>,
    pub(crate) value: Matrix<K>,
    pub(crate) output: Matrix<K>,
    pub(crate) before_inner: Norm,
    pub(crate) widen: Matrix<K>,
    pub(crate) narrow: Matrix<K>,
}

/// What one thread needs to work.
pub(crate) struct Scratch<K: Kernel> {
    normal: Vec<f32>,
    strips: Strips<K>,
    inner: Strips<K>,
    scores: Scores<K>,
}

impl<K: Kernel> Scratch<K> {
    pub(crate) fn new(positions: usize, width: usize) -> Self {
        Self {
            normal: vec![0.0; width],
            strips: Strips::new(BLOCK / ROWS, width),
            inner: Strips::new(BLOCK / ROWS, width * INNER),
            scores: Scores::new(positions),
        }
    }
}

impl<K: Kernel> Layer<K> {
    /// What the rows of a block ask and tell.
    #[inline(always)]
    pub(crate) fn project(
        &self,
        kernel: K,
        rows: &[f32],
        scratch: &mut Scratch<K>,
        projected: &mut Projected<K>,
    ) {
        let strips = normalize(&self.before_attention, rows, scratch);
        // The root of the scale on either side is the whole of it on one.
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let scale = (HEAD as f32).sqrt().recip();
        self.query.multiply(kernel, &scratch.strips, strips, |strip, column, tile| {
            tile.as_flattened_mut().iter_mut().for_each(|number| *number *= scale);
            projected.put_queries(strip, column, tile);
        });
        self.key.multiply(kernel, &scratch.strips, strips, |strip, column, tile| {
            projected.put_keys(strip, column, tile);
        });
        self.value.multiply(kernel, &scratch.strips, strips, |strip, column, tile| {
            projected.put_values(strip, column, tile);
        });
    }

    /// Attention and what follows it, for the rows of `block`.
    #[inline(always)]
    pub(crate) fn apply(
        &self,
        kernel: K,
        all: &[Projected<K>],
        block: usize,
        rows: &mut [f32],
        scratch: &mut Scratch<K>,
    ) {
        attend(kernel, all, block, &mut scratch.scores, &mut scratch.strips);
        let width = scratch.normal.len();
        let strips = rows.len() / width / ROWS;
        add(&self.output, kernel, &scratch.strips, strips, rows, width);
        normalize(&self.before_inner, rows, scratch);
        let inner = &mut scratch.inner;
        self.widen.multiply(kernel, &scratch.strips, strips, |strip, column, tile| {
            for (row, numbers) in tile.iter_mut().enumerate() {
                numbers.iter_mut().for_each(|number| *number = gelu(*number));
                put::<K>(inner.strip_mut(strip), row, column / K::DEPTH, numbers);
            }
        });
        add(&self.narrow, kernel, &scratch.inner, strips, rows, width);
    }
}

/// Normalises rows into strips, and tells how many.
#[inline(always)]
fn normalize<K: Kernel>(norm: &Norm, rows: &[f32], scratch: &mut Scratch<K>) -> usize {
    let width = scratch.normal.len();
    for (index, row) in rows.chunks_exact(width).enumerate() {
        norm.apply(row, &mut scratch.normal);
        put::<K>(scratch.strips.strip_mut(index / ROWS), index % ROWS, 0, &scratch.normal);
    }
    rows.len() / width / ROWS
}

/// Adds a product to rows.
#[inline(always)]
fn add<K: Kernel>(
    matrix: &Matrix<K>,
    kernel: K,
    left: &Strips<K>,
    strips: usize,
    rows: &mut [f32],
    width: usize,
) {
    matrix.multiply(kernel, left, strips, |strip, column, tile| {
        for (row, numbers) in tile.iter().enumerate() {
            let sums = &mut rows[(strip * ROWS + row) * width + column..][..numbers.len()];
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
    });
}
