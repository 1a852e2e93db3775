//! Rows of numbers as the left side of a product: twelve of them abreast.

use crate::kernel::{Kernel, ROWS};

/// Rows, in strips of [`ROWS`].
pub(crate) struct Strips<K: Kernel> {
    cells: Vec<[K::Cell; ROWS]>,
    /// Cells in a row.
    depth: usize,
}

impl<K: Kernel> Strips<K> {
    /// Room for `strips` strips of rows of `width` numbers.
    pub(crate) fn new(strips: usize, width: usize) -> Self {
        let depth = width / K::DEPTH;
        Self { cells: vec![[K::Cell::default(); ROWS]; strips * depth], depth }
    }

    pub(crate) fn strip(&self, index: usize) -> &[[K::Cell; ROWS]] {
        &self.cells[index * self.depth..][..self.depth]
    }

    pub(crate) fn strip_mut(&mut self, index: usize) -> &mut [[K::Cell; ROWS]] {
        &mut self.cells[index * self.depth..][..self.depth]
    }
}

/// Writes `numbers`, a stretch of one row, into its strip from cell `start` on.
#[inline(always)]
pub(crate) fn put<K: Kernel>(
    strip: &mut [[K::Cell; ROWS]],
    row: usize,
    start: usize,
    numbers: &[f32],
) {
    let cells = &mut strip[start..][..numbers.len() / K::DEPTH];
    for (cell, numbers) in cells.iter_mut().zip(numbers.chunks_exact(K::DEPTH)) {
        cell[row] = K::cell([numbers[0], numbers[K::DEPTH - 1]]);
    }
}
