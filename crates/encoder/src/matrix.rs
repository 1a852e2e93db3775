//! A matrix of weights as the right side of a product.

use crate::kernel::{COLUMNS, Kernel, ROWS, Tile};
use crate::strips::Strips;

/// A linear layer: weights and, where there is one, a bias.
pub(crate) struct Matrix<K: Kernel> {
    panels: Vec<[K::Cell; COLUMNS]>,
    /// Cells in a column.
    depth: usize,
    bias: Vec<f32>,
}

impl<K: Kernel> Matrix<K> {
    /// From `weights`, which hold `inputs` numbers for each output.
    pub(crate) fn new(weights: &[f32], inputs: usize, bias: Vec<f32>) -> Self {
        let depth = inputs / K::DEPTH;
        let mut panels = Vec::with_capacity(weights.len() / K::DEPTH / COLUMNS);
        for columns in weights.chunks_exact(inputs * COLUMNS) {
            panels.extend((0..depth).map(|cell| {
                std::array::from_fn(|column| {
                    let numbers = &columns[column * inputs + cell * K::DEPTH..][..K::DEPTH];
                    K::cell([numbers[0], numbers[K::DEPTH - 1]])
                })
            }));
        }
        Self { panels, depth, bias }
    }

    /// Multiplies the first `strips` strips, and gives each tile of the product to `take`, with
    /// the index of its strip and of its first column.
    #[inline(always)]
    pub(crate) fn multiply(
        &self,
        kernel: K,
        left: &Strips<K>,
        strips: usize,
        mut take: impl FnMut(usize, usize, &mut Tile),
    ) {
        for (index, panel) in self.panels.chunks_exact(self.depth).enumerate() {
            let column = index * COLUMNS;
            let mut bias = [0.0; COLUMNS];
            if let Some(own) = self.bias.get(column..column + COLUMNS) {
                bias.copy_from_slice(own);
            }
            for strip in 0..strips {
                let mut tile = [bias; ROWS];
                kernel.multiply(left.strip(strip), panel, &mut tile);
                take(strip, column, &mut tile);
            }
        }
    }
}
