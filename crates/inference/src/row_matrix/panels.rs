//! Weights of 8 bits, in panels of outputs that are multiplied side by side.

use std::ops::Range;

use crate::kernel::{OUTPUTS, RowCell, RowKernel};
use crate::quantise::{GROUP, quantise};

/// Row panels, one after the other: each has [`OUTPUTS`] outputs and a cell for each [`GROUP`] inputs. The
/// last may be filled up with zeros.
pub(super) struct Panels {
    cells: Vec<RowCell>,
    /// Cells of a panel.
    depth: usize,
    /// Weights so far.
    len: usize,
}

impl Panels {
    pub(super) fn with_capacity(outputs: usize, inputs: usize) -> Self {
        let depth = inputs / GROUP;
        Self { cells: Vec::with_capacity(outputs.div_ceil(OUTPUTS) * depth), depth, len: 0 }
    }

    /// Appends weights, a multiple of [`GROUP`].
    pub(super) fn push<R: RowKernel>(&mut self, numbers: &[f32]) {
        for numbers in numbers.as_chunks().0 {
            let (cell, lane) = self.place(self.len / GROUP);
            if cell >= self.cells.len() {
                self.cells.resize(cell + self.depth, RowCell::ZERO);
            }
            let (scale, integers) = quantise(numbers);
            self.cells[cell].scales[lane] = scale;
            let lanes = self.cells[cell].integers.chunks_exact_mut(R::NEIGHBOURS);
            let own = lanes.skip(lane).step_by(OUTPUTS);
            for (own, integers) in own.zip(integers.chunks_exact(R::NEIGHBOURS)) {
                own.copy_from_slice(integers);
            }
            self.len += GROUP;
        }
    }

    /// Number of weights.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Writes the weights of one output to `numbers`.
    pub(super) fn read_row<R: RowKernel>(&self, output: usize, numbers: &mut [f32]) {
        for (group, numbers) in numbers.chunks_exact_mut(GROUP).enumerate() {
            let (cell, lane) = self.place(output * self.depth + group);
            let RowCell { scales, integers } = &self.cells[cell];
            let own = integers.chunks_exact(R::NEIGHBOURS).skip(lane).step_by(OUTPUTS);
            for (number, &integer) in numbers.iter_mut().zip(own.flatten()) {
                *number = f32::from(integer) * scales[lane];
            }
        }
    }

    /// Returns the panels of some outputs, the first of which is a multiple of [`OUTPUTS`].
    pub(super) fn of(&self, outputs: &Range<usize>) -> impl Iterator<Item = &[RowCell]> {
        let panels = outputs.start / OUTPUTS..outputs.end.div_ceil(OUTPUTS);
        self.cells[panels.start * self.depth..panels.end * self.depth].chunks_exact(self.depth)
    }

    /// Returns the cell and the lane of a group of weights, which count as they were pushed.
    fn place(&self, group: usize) -> (usize, usize) {
        let (output, group) = (group / self.depth, group % self.depth);
        (output / OUTPUTS * self.depth + group, output % OUTPUTS)
    }
}
