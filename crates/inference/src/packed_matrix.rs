//! Weights packed for products of many rows (GEMM).

use std::ops::Range;

use crate::kernel::{COLUMNS, Cell, MatMul, ROWS, Tile, put};
use crate::strips::Strips;

/// Weights of a linear layer in panels of [`COLUMNS`] outputs, and its bias if it has one.
pub(crate) struct PackedMatrix<L: MatMul> {
    panels: Vec<L::Right>,
    /// Cells of a panel.
    depth: usize,
    bias: Vec<f32>,
}

impl<L: MatMul> PackedMatrix<L> {
    /// Packs `weights`, `[outputs, inputs]` row-major.
    pub(crate) fn new(weights: &[f32], inputs: usize) -> Self {
        let depth = inputs / L::DEPTH;
        let mut panels = vec![L::Right::ZERO; weights.len() / L::DEPTH / COLUMNS];
        for (output, weights) in weights.chunks_exact(inputs).enumerate() {
            let panel = &mut panels[output / COLUMNS * depth..][..depth];
            put(panel, output % COLUMNS, weights);
        }
        Self { panels, depth, bias: Vec::new() }
    }

    pub(crate) fn with_bias(self, bias: Vec<f32>) -> Self {
        Self { bias, ..self }
    }

    /// Returns the number of bytes that this many weights take when they are packed.
    pub(crate) const fn bytes(weights: usize) -> usize {
        weights / (COLUMNS * L::DEPTH) * size_of::<L::Right>()
    }

    /// Multiplies the first `strips` strips, and gives each tile of the product to `take`, with the
    /// index of its strip and of its first column.
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

    /// Does the same for some of the panels, of [`COLUMNS`] columns each.
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

    /// Adds the product of the first `strips` strips to `rows`, `[strips * ROWS, outputs]` row-major.
    #[inline(always)]
    pub(crate) fn add_product(&self, kernel: L, left: &Strips<L>, strips: usize, rows: &mut [f32]) {
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
