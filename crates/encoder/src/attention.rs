//! Self-attention, a panel of queries at a time.

use crate::kernel::{COLUMNS, Kernel, REST, ROWS, Tile};
use crate::strips::put;

/// The width of an attention head, the same in every Whisper model.
pub(crate) const HEAD: usize = 64;

/// Rows that are worked on together: a multiple of [`ROWS`] and of [`COLUMNS`], small enough that
/// what they become inside a layer stays in a second-level cache of 1 MiB.
pub(crate) const BLOCK: usize = 96;

/// Strips that the numbers of a value fill, the last one in part.
const VALUE_STRIPS: usize = HEAD.div_ceil(ROWS);

/// What one block asks, is found by, and tells: queries, keys and values of all heads.
pub(crate) struct Projected<K: Kernel> {
    /// How many rows the block has, a multiple of [`ROWS`].
    rows: usize,
    heads: usize,
    /// By head and panel, with the queries as columns.
    queries: Vec<K::Right>,
    /// By strip and head, with the keys as rows.
    keys: Vec<K::Left>,
    /// By head and strip, with the numbers of a value as rows.
    values: Vec<K::Left>,
}

/// Where scores are kept between two products.
pub(crate) struct Scores<K: Kernel> {
    scores: Vec<[f32; COLUMNS]>,
    weights: Vec<K::Right>,
}

impl<K: Kernel> Projected<K> {
    const HEAD_CELLS: usize = HEAD / K::DEPTH;
    const BLOCK_CELLS: usize = BLOCK / K::DEPTH;

    pub(crate) fn new(rows: usize, heads: usize) -> Self {
        let panels = BLOCK / COLUMNS * heads;
        Self {
            rows,
            heads,
            queries: vec![K::Right::default(); panels * Self::HEAD_CELLS],
            keys: vec![K::Left::default(); BLOCK / ROWS * heads * Self::HEAD_CELLS],
            values: vec![K::Left::default(); VALUE_STRIPS * heads * Self::BLOCK_CELLS],
        }
    }

    /// Takes a tile of queries, those of `strip` in the columns from `column` on.
    #[inline(always)]
    pub(crate) fn put_queries(&mut self, strip: usize, column: usize, tile: &Tile) {
        for (row, numbers) in tile.iter().enumerate() {
            let query = strip * ROWS + row;
            let panel = column / HEAD * (BLOCK / COLUMNS) + query / COLUMNS;
            let start = panel * Self::HEAD_CELLS + column % HEAD / K::DEPTH;
            let cells = self.queries[start..].iter_mut();
            for (cell, numbers) in cells.zip(numbers.chunks_exact(K::DEPTH)) {
                K::put_column(cell, query % COLUMNS, numbers);
            }
        }
    }

    /// Takes a tile of keys.
    #[inline(always)]
    pub(crate) fn put_keys(&mut self, strip: usize, column: usize, tile: &Tile) {
        let start = (strip * self.heads + column / HEAD) * Self::HEAD_CELLS;
        let keys = &mut self.keys[start + column % HEAD / K::DEPTH..];
        for (row, numbers) in tile.iter().enumerate() {
            put::<K>(keys, row, numbers);
        }
    }

    /// Takes a tile of values.
    #[inline(always)]
    pub(crate) fn put_values(&mut self, strip: usize, column: usize, tile: &Tile) {
        let first = column / HEAD * VALUE_STRIPS;
        for (index, rows) in tile.chunks_exact(K::DEPTH).enumerate() {
            let numbers = rows[0].iter().zip(&rows[K::DEPTH - 1]);
            for (number, (&near, &far)) in (column % HEAD..).zip(numbers) {
                let values = (first + number / ROWS) * Self::BLOCK_CELLS;
                let cell = values + strip * ROWS / K::DEPTH + index;
                K::put_row(&mut self.values[cell], number % ROWS, &[near, far]);
            }
        }
    }

    fn queries(&self, head: usize, panel: usize) -> &[K::Right] {
        let panel = head * (BLOCK / COLUMNS) + panel;
        &self.queries[panel * Self::HEAD_CELLS..][..Self::HEAD_CELLS]
    }

    fn keys(&self, strip: usize, head: usize) -> &[K::Left] {
        &self.keys[(strip * self.heads + head) * Self::HEAD_CELLS..][..Self::HEAD_CELLS]
    }

    fn values(&self, head: usize, strip: usize) -> &[K::Left] {
        let strip = head * VALUE_STRIPS + strip;
        &self.values[strip * Self::BLOCK_CELLS..][..self.rows / K::DEPTH]
    }
}

impl<K: Kernel> Scores<K> {
    pub(crate) fn new(positions: usize) -> Self {
        Self {
            scores: vec![[0.0; COLUMNS]; positions],
            weights: vec![K::Right::default(); positions / K::DEPTH],
        }
    }
}

/// What the queries of `block` find in all blocks, into the rows `found`.
#[inline(always)]
pub(crate) fn attend<K: Kernel>(
    kernel: K,
    all: &[Projected<K>],
    block: usize,
    scores: &mut Scores<K>,
    found: &mut [f32],
) {
    let asking = &all[block];
    let width = asking.heads * HEAD;
    for head in 0..asking.heads {
        for panel in 0..asking.rows.div_ceil(COLUMNS) {
            let sums = weigh(kernel, all, head, asking.queries(head, panel), scores);
            let scales = sums.map(f32::recip);
            for index in 0..VALUE_STRIPS {
                let mut tile = [[0.0; COLUMNS]; ROWS];
                let mut weights = scores.weights.as_slice();
                for told in all {
                    let values = told.values(head, index);
                    let (own, rest) = weights.split_at(values.len());
                    if index < HEAD / ROWS {
                        kernel.multiply(values, own, &mut tile);
                    } else {
                        kernel.multiply_rest(values, own, &mut tile);
                    }
                    weights = rest;
                }
                let number = index * ROWS;
                let rows = &tile[..if index < HEAD / ROWS { ROWS } else { REST }];
                let queries = panel * COLUMNS..asking.rows.min((panel + 1) * COLUMNS);
                for (column, query) in queries.enumerate() {
                    let found = &mut found[query * width + head * HEAD + number..];
                    for (found, row) in found.iter_mut().zip(rows) {
                        *found = row[column] * scales[column];
                    }
                }
            }
        }
    }
}

/// The exponentials of the scores of all keys, into `scores`, and their sums for each query.
#[inline(always)]
fn weigh<K: Kernel>(
    kernel: K,
    all: &[Projected<K>],
    head: usize,
    queries: &[K::Right],
    scores: &mut Scores<K>,
) -> [f32; COLUMNS] {
    let mut largest = [f32::NEG_INFINITY; COLUMNS];
    let (tiles, _) = scores.scores.as_chunks_mut::<ROWS>();
    let found =
        all.iter().flat_map(|block| (0..block.rows / ROWS).map(move |it| block.keys(it, head)));
    for (tile, keys) in tiles.iter_mut().zip(found) {
        *tile = [[0.0; COLUMNS]; ROWS];
        kernel.multiply(keys, queries, tile);
        for row in tile {
            for (largest, &score) in largest.iter_mut().zip(&*row) {
                // Not `max`, which looks for what is no number, one score at a time.
                *largest = if score > *largest { score } else { *largest };
            }
        }
    }
    let mut sums = [0.0; COLUMNS];
    for (cells, scores) in scores.weights.iter_mut().zip(scores.scores.chunks_exact(K::DEPTH)) {
        let (first, last) = (&scores[0], &scores[K::DEPTH - 1]);
        for column in 0..COLUMNS {
            let first = K::exp(first[column] - largest[column]);
            let last = K::exp(last[column] - largest[column]);
            sums[column] += if K::DEPTH == 2 { first + last } else { first };
            K::put_column(cells, column, &[first, last]);
        }
    }
    sums
}
