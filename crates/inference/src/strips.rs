//! Rows of numbers as the left side of a product: twelve of them abreast.

use crate::kernel::Linear;

/// Rows, in strips of [`crate::kernel::ROWS`].
pub(crate) struct Strips<L: Linear> {
    units: Vec<L::Left>,
    /// Units in a row.
    depth: usize,
}

impl<L: Linear> Strips<L> {
    /// Room for `strips` strips of rows of `width` numbers.
    pub(crate) fn new(strips: usize, width: usize) -> Self {
        let depth = width / L::DEPTH;
        Self { units: vec![L::Left::default(); strips * depth], depth }
    }

    pub(crate) fn strip(&self, index: usize) -> &[L::Left] {
        &self.units[index * self.depth..][..self.depth]
    }

    pub(crate) fn strip_mut(&mut self, index: usize) -> &mut [L::Left] {
        &mut self.units[index * self.depth..][..self.depth]
    }
}

/// Writes `numbers`, a stretch of one row, into the first units of `strip`.
#[inline(always)]
pub(crate) fn put<L: Linear>(strip: &mut [L::Left], row: usize, numbers: &[f32]) {
    for (unit, numbers) in strip.iter_mut().zip(numbers.chunks_exact(L::DEPTH)) {
        L::put_row(unit, row, numbers);
    }
}
