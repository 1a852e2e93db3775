//! Self-attention, a panel of queries at a time.

use std::ops::Range;

use crate::kernel::{COLUMNS, Kernel, ROWS, Tile};

/// The width of an attention head, the same in every Whisper model.
pub(crate) const HEAD: usize = 64;

/// Rows that are worked on together: a multiple of [`ROWS`] and of [`COLUMNS`], small enough that
/// what they become inside a layer stays in a second-level cache of 1 MiB.
pub(crate) const BLOCK: usize = 96;

/// Strips that the numbers of a value fill, the last one in part.
const VALUE_STRIPS: usize = HEAD.div_ceil(ROWS);

/// The row of the last of these strips behind the numbers. It holds ones: what the weights find
/// there is their sum.
const ONES: usize = HEAD % ROWS;

/// What a sum of weights is between, if none of them has become infinite and none that counts
/// nothing.
const SUMS: Range<f32> = f32::from_bits((127 - 60) << 23)..f32::from_bits((127 + 100) << 23);

/// What one block asks, is found by, and tells: queries, keys and values of all heads.
pub(crate) struct Projected<K: Kernel> {
    /// How many rows the block has, a multiple of [`ROWS`].
    rows: usize,
    heads: usize,
    /// By head and panel, with the queries as columns.
    queries: Vec<K::Right>,
    /// By head and strip, with the keys as rows.
    keys: Vec<K::Left>,
    /// By head and strip, with the numbers of a value as rows.
    values: Vec<K::Left>,
}

/// How much the queries of a panel attend to each key.
pub(crate) struct Attention<K: Kernel> {
    weights: Vec<K::Right>,
}

impl<K: Kernel> Projected<K> {
    const HEAD_CELLS: usize = HEAD / K::DEPTH;
    const BLOCK_CELLS: usize = BLOCK / K::DEPTH;

    pub(crate) fn new(rows: usize, heads: usize) -> Self {
        let panels = BLOCK / COLUMNS * heads;
        let mut values = vec![K::Left::default(); VALUE_STRIPS * heads * Self::BLOCK_CELLS];
        for strips in values.chunks_exact_mut(VALUE_STRIPS * Self::BLOCK_CELLS) {
            let (_, last) = strips.split_at_mut((VALUE_STRIPS - 1) * Self::BLOCK_CELLS);
            for cell in last {
                K::put_row(cell, ONES, &[1.0; 2]);
            }
        }
        Self {
            rows,
            heads,
            queries: vec![K::Right::default(); panels * Self::HEAD_CELLS],
            keys: vec![K::Left::default(); BLOCK / ROWS * heads * Self::HEAD_CELLS],
            values,
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
    pub(crate) fn put_keys(&mut self, kernel: K, strip: usize, column: usize, tile: &Tile) {
        let start = (column / HEAD * (BLOCK / ROWS) + strip) * Self::HEAD_CELLS;
        kernel.put_tile(&mut self.keys[start + column % HEAD / K::DEPTH..], tile);
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
        let strip = head * (BLOCK / ROWS) + strip;
        &self.keys[strip * Self::HEAD_CELLS..][..Self::HEAD_CELLS]
    }

    fn values(&self, head: usize, strip: usize) -> &[K::Left] {
        let strip = head * VALUE_STRIPS + strip;
        &self.values[strip * Self::BLOCK_CELLS..][..self.rows / K::DEPTH]
    }
}

impl<K: Kernel> Attention<K> {
    pub(crate) fn new(positions: usize) -> Self {
        Self { weights: vec![K::Right::default(); positions / K::DEPTH] }
    }

    /// Weighs all keys by the exponentials of how much their scores exceed `zero`.
    #[inline(always)]
    fn weigh(
        &mut self,
        kernel: K,
        all: &[Projected<K>],
        head: usize,
        queries: &[K::Right],
        zero: &[f32; COLUMNS],
    ) {
        let weights = self.weights.chunks_exact_mut(ROWS / K::DEPTH);
        for (weights, keys) in weights.zip(all_keys(all, head)) {
            kernel.weigh(keys, queries, zero, weights);
        }
    }

    /// What is found in a strip of the values of all keys, at least `N` rows of it.
    #[inline(always)]
    fn gather<const N: usize>(
        &self,
        kernel: K,
        all: &[Projected<K>],
        head: usize,
        strip: usize,
    ) -> Tile {
        let mut tile = [[0.0; COLUMNS]; ROWS];
        let mut weights = self.weights.as_slice();
        let parts = all.iter().map(|told| {
            let values = told.values(head, strip);
            let (own, rest) = weights.split_at(values.len());
            weights = rest;
            (values, own)
        });
        kernel.gather::<N>(parts, &mut tile);
        tile
    }
}

/// What the queries of `block` find in all blocks, into the rows `found`.
#[inline(always)]
pub(crate) fn attend<K: Kernel>(
    kernel: K,
    all: &[Projected<K>],
    block: usize,
    attention: &mut Attention<K>,
    found: &mut [f32],
) {
    let asking = &all[block];
    let width = asking.heads * HEAD;
    for head in 0..asking.heads {
        for panel in 0..asking.rows.div_ceil(COLUMNS) {
            let queries = asking.queries(head, panel);
            attention.weigh(kernel, all, head, queries, &[0.0; COLUMNS]);
            let mut last = attention.gather::<{ ONES + 1 }>(kernel, all, head, VALUE_STRIPS - 1);
            if !last[ONES].iter().all(|sum| SUMS.contains(sum)) {
                // Weights are as exact however large they are, so that this is nearly never needed.
                let zero = largest(kernel, all, head, queries);
                attention.weigh(kernel, all, head, queries, &zero);
                last = attention.gather::<{ ONES + 1 }>(kernel, all, head, VALUE_STRIPS - 1);
            }
            // Not `map`, which is a call where it is not inlined.
            let mut scales = last[ONES];
            for scale in &mut scales {
                *scale = scale.recip();
            }
            let queries = panel * COLUMNS..asking.rows.min((panel + 1) * COLUMNS);
            let mut take = |strip: usize, rows: &[[f32; COLUMNS]]| {
                for (column, query) in queries.clone().enumerate() {
                    let scale = scales[column];
                    let found = &mut found[query * width + head * HEAD + strip * ROWS..];
                    for (found, row) in found.iter_mut().zip(rows) {
                        *found = row[column] * scale;
                    }
                }
            };
            take(VALUE_STRIPS - 1, &last[..ONES]);
            for strip in 0..VALUE_STRIPS - 1 {
                take(strip, &attention.gather::<ROWS>(kernel, all, head, strip));
            }
        }
    }
}

/// The largest score of each query.
#[inline(always)]
fn largest<K: Kernel>(
    kernel: K,
    all: &[Projected<K>],
    head: usize,
    queries: &[K::Right],
) -> [f32; COLUMNS] {
    let mut largest = [f32::NEG_INFINITY; COLUMNS];
    for keys in all_keys(all, head) {
        let mut tile = [[0.0; COLUMNS]; ROWS];
        kernel.multiply(keys, queries, &mut tile);
        for row in &tile {
            for (largest, &score) in largest.iter_mut().zip(row) {
                // Not `max`, which looks for what is no number, one score at a time.
                *largest = if score > *largest { score } else { *largest };
            }
        }
    }
    largest
}

/// The keys of all blocks, strip by strip.
#[inline(always)]
fn all_keys<K: Kernel>(all: &[Projected<K>], head: usize) -> impl Iterator<Item = &[K::Left]> {
    all.iter().flat_map(move |block| (0..block.rows / ROWS).map(move |it| block.keys(it, head)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Plain;

    /// What the first query finds in the first number of the values, all scores being about
    /// `score`, and every third a hundredth higher: 1 there, and 0 in the rest.
    fn found<K: Kernel>(kernel: K, score: f32) -> f32 {
        let mut told = Projected::<K>::new(BLOCK, 1);
        for strip in 0..BLOCK / ROWS {
            let mut tile = [[0.0; COLUMNS]; ROWS];
            tile[0][0] = score * K::SCORE;
            told.put_queries(strip, 0, &tile);
            for (key, row) in tile.iter_mut().enumerate() {
                row[0] = if key % 3 == 0 { 1.015_625 } else { 1.0 };
            }
            told.put_keys(kernel, strip, 0, &tile);
            for row in &mut tile {
                row[0] = (row[0] - 1.0) * 64.0;
            }
            told.put_values(strip, 0, &tile);
        }
        let mut rows = vec![f32::NAN; BLOCK * HEAD];
        attend(kernel, &[told], 0, &mut Attention::new(BLOCK), &mut rows);
        rows[0]
    }

    fn expect<K: Kernel>(kernel: K, allowed: f32) {
        // Far beyond what an exponential can be in 32 bits, on either side, too.
        for score in [0.0, 1.0, 64.0, -64.0, 256.0, -256.0] {
            let third = (score * 0.015_625_f32).exp();
            let (found, expected) = (found(kernel, score), third / (third + 2.0));
            assert!((found - expected).abs() < allowed, "{score}: {found}, not {expected}");
        }
    }

    #[test]
    fn scores_may_be_as_large_as_they_like() {
        expect(Plain, 1e-4);
        #[cfg(target_arch = "x86_64")]
        {
            use crate::kernel::x86::{Avx2, Avx512};
            use crate::kernel::x86_bf16::Bf16;
            if let Some(kernel) = Bf16::detect() {
                expect(kernel, 1e-2);
            }
            if let Some(kernel) = Avx512::detect() {
                expect(kernel, 1e-4);
            }
            if let Some(kernel) = Avx2::detect() {
                expect(kernel, 1e-4);
            }
        }
    }
}
