//! A matrix of weights as the right side of a product.

use std::ops::Range;

use crate::kernel::{COLUMNS, Linear, ROWS, Tile};
use crate::strips::Strips;

/// A linear layer: weights and, where there is one, a bias.
pub(crate) struct Matrix<L: Linear> {
    panels: Vec<L::Right>,
    /// Units in a column.
    depth: usize,
    bias: Vec<f32>,
}

impl<L: Linear> Matrix<L> {
    /// From `weights`, which hold `inputs` numbers for each output.
    pub(crate) fn new(weights: &[f32], inputs: usize, bias: Vec<f32>) -> Self {
        let depth = inputs / L::DEPTH;
        let mut panels = vec![L::Right::default(); weights.len() / L::DEPTH / COLUMNS];
        for (output, weights) in weights.chunks_exact(inputs).enumerate() {
            let panel = &mut panels[output / COLUMNS * depth..][..depth];
            for (unit, numbers) in panel.iter_mut().zip(weights.chunks_exact(L::DEPTH)) {
                L::put_column(unit, output % COLUMNS, numbers);
            }
        }
        Self { panels, depth, bias }
    }

    /// Multiplies the first `strips` strips, and gives each tile of the product to `take`, with
    /// the index of its strip and of its first column.
    #[inline(always)]
    pub(crate) fn multiply(
        &self,
        kernel: L,
        left: &Strips<L>,
        strips: usize,
        take: impl FnMut(usize, usize, &mut Tile),
    ) {
        let all = 0..self.panels.len() / self.depth;
        self.multiply_panels(kernel, left, strips, all, take);
    }

    /// The same, by some of the panels, of [`COLUMNS`] columns each.
    #[inline(always)]
    pub(crate) fn multiply_panels(
        &self,
        kernel: L,
        left: &Strips<L>,
        strips: usize,
        panels: Range<usize>,
        mut take: impl FnMut(usize, usize, &mut Tile),
    ) {
        for index in panels {
            let panel = &self.panels[index * self.depth..][..self.depth];
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

    /// Adds the product of the first `strips` strips to `rows`.
    #[inline(always)]
    pub(crate) fn add(&self, kernel: L, left: &Strips<L>, strips: usize, rows: &mut [f32]) {
        let width = self.panels.len() / self.depth * COLUMNS;
        self.multiply(
            kernel,
            left,
            strips,
            #[inline(always)]
            |strip, column, tile| {
                for (row, numbers) in tile.iter().enumerate() {
                    let sums = &mut rows[(strip * ROWS + row) * width + column..][..COLUMNS];
                    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
                }
            },
        );
    }
}
