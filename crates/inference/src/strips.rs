//! Rows packed as the left side of a product.

use crate::kernel::{Cell, MatMul, ROWS, put};

/// Rows in strips of [`ROWS`].
pub(crate) struct Strips<L: MatMul> {
    cells: Vec<L::Left>,
    /// Cells of a strip.
    depth: usize,
}

impl<L: MatMul> Strips<L> {
    /// Makes room for `strips` strips of rows of `width` numbers.
    pub(crate) fn new(strips: usize, width: usize) -> Self {
        let depth = width / L::DEPTH;
        Self { cells: vec![L::Left::ZERO; strips * depth], depth }
    }

    /// Packs a row as the one at `index`.
    #[inline(always)]
    pub(crate) fn put(&mut self, index: usize, numbers: &[f32]) {
        put(self.strip_mut(index / ROWS), index % ROWS, numbers);
    }

    /// Packs `rows`, `[rows, width]` row-major, and returns the number of strips that they fill.
    #[inline(always)]
    pub(crate) fn put_rows(&mut self, rows: &[f32], width: usize) -> usize {
        for (index, row) in rows.chunks_exact(width).enumerate() {
            self.put(index, row);
        }
        rows.len() / width / ROWS
    }

    pub(crate) fn strip(&self, index: usize) -> &[L::Left] {
        &self.cells[index * self.depth..][..self.depth]
    }

    pub(crate) fn strip_mut(&mut self, index: usize) -> &mut [L::Left] {
        &mut self.cells[index * self.depth..][..self.depth]
    }
}
