//! Self-attention, a panel of queries at a time.

use std::ops::Range;

use crate::kernel::{AttentionKernel, BLOCK, COLUMNS, Cell, ROWS, Tile, put};
use crate::shape::HEAD;

/// Strips that the numbers of a value fill, the last one in part.
const VALUE_STRIPS: usize = HEAD.div_ceil(ROWS);

/// Row of the last of these strips after the numbers. It holds ones, so that its weighted sum is the
/// sum of the weights.
const ONES: usize = HEAD % ROWS;

/// Largest depth of a kernel's cells.
const DEEPEST: usize = 4;

/// Range of softmax sums that can be trusted: no weight overflowed, none that matters underflowed.
const SUMS: Range<f32> = f32::from_bits((127 - 60) << 23)..f32::from_bits((127 + 100) << 23);

/// Queries, keys and values of one block of rows, for all heads.
pub(super) struct Projections<K: AttentionKernel> {
    /// Rows of the block, a multiple of [`ROWS`].
    rows: usize,
    heads: usize,
    /// By head and panel, with the queries as columns.
    queries: Vec<K::Right>,
    /// By head and strip, with the keys as rows.
    keys: Vec<K::Left>,
    /// By head and strip, transposed: with the numbers of a value as rows.
    values: Vec<K::Left>,
}

/// Softmax weights of all keys for the queries of one panel.
pub(super) struct AttentionScratch<K: AttentionKernel> {
    weights: Vec<K::Right>,
}

impl<K: AttentionKernel> Projections<K> {
    const HEAD_CELLS: usize = HEAD / K::DEPTH;
    const BLOCK_CELLS: usize = BLOCK / K::DEPTH;

    pub(super) fn new(rows: usize, heads: usize) -> Self {
        const { assert!(K::DEPTH <= DEEPEST) }
        let panels = BLOCK / COLUMNS * heads;
        let mut values = vec![K::Left::ZERO; VALUE_STRIPS * heads * Self::BLOCK_CELLS];
        for strips in values.chunks_exact_mut(VALUE_STRIPS * Self::BLOCK_CELLS) {
            let (_, last) = strips.split_at_mut((VALUE_STRIPS - 1) * Self::BLOCK_CELLS);
            for cell in last {
                cell.put(ONES, &[1.0; DEEPEST]);
            }
        }
        Self {
            rows,
            heads,
            queries: vec![K::Right::ZERO; panels * Self::HEAD_CELLS],
            keys: vec![K::Left::ZERO; BLOCK / ROWS * heads * Self::HEAD_CELLS],
            values,
        }
    }

    /// Packs a tile of queries: the rows of `strip`, in the columns from `column` on.
    #[inline(always)]
    pub(super) fn put_queries(&mut self, strip: usize, column: usize, tile: &Tile) {
        for (row, numbers) in tile.iter().enumerate() {
            let query = strip * ROWS + row;
            let panel = column / HEAD * (BLOCK / COLUMNS) + query / COLUMNS;
            let start = panel * Self::HEAD_CELLS + column % HEAD / K::DEPTH;
            put(&mut self.queries[start..], query % COLUMNS, numbers);
        }
    }

    /// Packs a tile of keys.
    #[inline(always)]
    pub(super) fn put_keys(&mut self, kernel: K, strip: usize, column: usize, tile: &Tile) {
        let start = (column / HEAD * (BLOCK / ROWS) + strip) * Self::HEAD_CELLS;
        kernel.put_tile(&mut self.keys[start + column % HEAD / K::DEPTH..], tile);
    }

    /// Packs a tile of values, transposed.
    #[inline(always)]
    pub(super) fn put_values(&mut self, strip: usize, column: usize, tile: &Tile) {
        let first = column / HEAD * VALUE_STRIPS;
        for (index, rows) in tile.chunks_exact(K::DEPTH).enumerate() {
            for (number, column) in (column % HEAD..).zip(0..COLUMNS) {
                let mut neighbours = [0.0; DEEPEST];
                for (neighbour, row) in neighbours.iter_mut().zip(rows) {
                    *neighbour = row[column];
                }
                let values = (first + number / ROWS) * Self::BLOCK_CELLS;
                let cell = values + strip * ROWS / K::DEPTH + index;
                self.values[cell].put(number % ROWS, &neighbours);
            }
        }
    }

    fn queries(&self, head: usize, panel: usize) -> &[K::Right] {
        let panel = head * (BLOCK / COLUMNS) + panel;
        &self.queries[panel * Self::HEAD_CELLS..][..Self::HEAD_CELLS]
    }

    fn keys(&self, strip: usize, head: usize) -> &[K::Left] {
        let strip = head * (BLOCK / ROWS) + strip;
        &self.keys[strip * Self::HEAD_CELLS..][..Self::HEAD_CELLS]
    }

    fn values(&self, head: usize, strip: usize) -> &[K::Left] {
        let strip = head * VALUE_STRIPS + strip;
        &self.values[strip * Self::BLOCK_CELLS..][..self.rows / K::DEPTH]
    }
}

impl<K: AttentionKernel> AttentionScratch<K> {
    pub(super) fn new(positions: usize) -> Self {
        Self { weights: vec![K::Right::ZERO; positions / K::DEPTH] }
    }

    /// Computes the weights of all keys: the exponentials of their scores less `zero`.
    #[inline(always)]
    fn softmax_weights(
        &mut self,
        kernel: K,
        all: &[Projections<K>],
        head: usize,
        queries: &[K::Right],
        zero: &[f32; COLUMNS],
    ) {
        kernel.all_softmax_weights(all_keys(all, head), queries, zero, &mut self.weights);
    }

    /// Adds up a strip of all values by their weights: at least the first `N` rows of it.
    #[inline(always)]
    fn weighted_values<const N: usize>(
        &self,
        kernel: K,
        all: &[Projections<K>],
        head: usize,
        strip: usize,
    ) -> Tile {
        let mut tile = [[0.0; COLUMNS]; ROWS];
        let mut weights = self.weights.as_slice();
        let parts = all.iter().map(|block| {
            let values = block.values(head, strip);
            let (own, rest) = weights.split_at(values.len());
            weights = rest;
            (values, own)
        });
        kernel.weighted_values::<N>(parts, &mut tile);
        tile
    }
}

/// Computes the attention of the queries of `block` to all blocks, and writes it to the rows
/// `attended`, `[rows, heads * HEAD]`.
///
/// Follows [`qkv_attention`] of the reference, but that its scores are never all in memory, and not
/// reduced by the largest of a query unless they must be.
///
/// [`qkv_attention`]: https://github.com/openai/whisper/blob/main/whisper/model.py
#[inline(always)]
pub(super) fn attend<K: AttentionKernel>(
    kernel: K,
    all: &[Projections<K>],
    block: usize,
    scratch: &mut AttentionScratch<K>,
    attended: &mut [f32],
) {
    let Projections { rows, heads, .. } = all[block];
    let width = heads * HEAD;
    for head in 0..heads {
        for panel in 0..rows.div_ceil(COLUMNS) {
            let queries = all[block].queries(head, panel);
            scratch.softmax_weights(kernel, all, head, queries, &[0.0; COLUMNS]);
            let mut last =
                scratch.weighted_values::<{ ONES + 1 }>(kernel, all, head, VALUE_STRIPS - 1);
            if !last[ONES].iter().all(|sum| SUMS.contains(sum)) {
                // Floats are as exact whatever their size, so that this is nearly never needed.
                let zero = largest_scores(kernel, all, head, queries);
                scratch.softmax_weights(kernel, all, head, queries, &zero);
                last = scratch.weighted_values::<{ ONES + 1 }>(kernel, all, head, VALUE_STRIPS - 1);
            }
            // Not `map`, which is a call where it is not inlined.
            let mut scales = last[ONES];
            for scale in &mut scales {
                *scale = scale.recip();
            }
            let queries = panel * COLUMNS..rows.min((panel + 1) * COLUMNS);
            let mut take = |strip: usize, rows: &[[f32; COLUMNS]]| {
                for (column, query) in queries.clone().enumerate() {
                    let scale = scales[column];
                    let start = query * width + head * HEAD + strip * ROWS;
                    for (number, row) in attended[start..].iter_mut().zip(rows) {
                        *number = row[column] * scale;
                    }
                }
            };
            take(VALUE_STRIPS - 1, &last[..ONES]);
            for strip in 0..VALUE_STRIPS - 1 {
                take(strip, &scratch.weighted_values::<ROWS>(kernel, all, head, strip));
            }
        }
    }
}

/// Computes the largest score of each query.
#[inline(always)]
fn largest_scores<K: AttentionKernel>(
    kernel: K,
    all: &[Projections<K>],
    head: usize,
    queries: &[K::Right],
) -> [f32; COLUMNS] {
    let mut largest = [f32::NEG_INFINITY; COLUMNS];
    for keys in all_keys(all, head) {
        let mut tile = [[0.0; COLUMNS]; ROWS];
        kernel.multiply(keys, queries, &mut tile);
        for row in &tile {
            for (largest, &score) in largest.iter_mut().zip(row) {
                // Not `max`, whose care for NaN takes one score at a time.
                *largest = if score > *largest { score } else { *largest };
            }
        }
    }
    largest
}

/// Iterates over the keys of all blocks, strip by strip.
#[inline(always)]
fn all_keys<K: AttentionKernel>(
    all: &[Projections<K>],
    head: usize,
) -> impl Iterator<Item = &[K::Left]> {
    all.iter().flat_map(move |block| (0..block.rows / ROWS).map(move |it| block.keys(it, head)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::tests::on_every_kernel;
    use crate::kernel::{Kernels, MatMul, RowKernel, WithKernels};

    #[derive(Clone, Copy)]
    struct Scores;

    impl WithKernels for Scores {
        type Output = ();

        fn run<L: MatMul, K: AttentionKernel, R: RowKernel>(self, kernels: Kernels<L, K, R>) {
            let allowed = if K::DEPTH == 1 { 1e-4 } else { 1e-2 };
            // Far beyond what an exponential can be in 32 bits, on either side, too.
            for score in [0.0, 1.0, 64.0, -64.0, 256.0, -256.0] {
                let third = (score * 0.015_625_f32).exp();
                let (found, expected) = (attended(kernels.attention, score), third / (third + 2.0));
                let error = (found - expected).abs();
                assert!(error < allowed, "{}, {score}: {found}, not {expected}", kernels.name);
            }
        }
    }

    #[test]
    fn scores_may_be_as_large_as_they_like() {
        on_every_kernel(Scores);
    }

    /// Attends to values whose first number is 1 for every third key, whose score is a hundredth higher
    /// than `score`, and else 0. Returns that number for the first query.
    fn attended<K: AttentionKernel>(kernel: K, score: f32) -> f32 {
        let mut block = Projections::<K>::new(BLOCK, 1);
        for strip in 0..BLOCK / ROWS {
            let mut tile = [[0.0; COLUMNS]; ROWS];
            tile[0][0] = score * K::SCORE_SCALE;
            block.put_queries(strip, 0, &tile);
            for (key, row) in tile.iter_mut().enumerate() {
                row[0] = if key % 3 == 0 { 1.015_625 } else { 1.0 };
            }
            block.put_keys(kernel, strip, 0, &tile);
            for row in &mut tile {
                row[0] = (row[0] - 1.0) * 64.0;
            }
            block.put_values(strip, 0, &tile);
        }
        let mut rows = vec![f32::NAN; BLOCK * HEAD];
        attend(kernel, &[block], 0, &mut AttentionScratch::new(BLOCK), &mut rows);
        rows[0]
    }
}
