//! What differs from processor to processor: the product of a strip and a panel.

use crate::float::{exp, gelu};
use crate::strips::put;

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_bf16;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_integers;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_rows;

/// Rows of a strip. With [`COLUMNS`] a tile fills 24 of the 32 registers of AVX-512, and both
/// divide the 96 rows that are worked on at a time.
pub(crate) const ROWS: usize = 12;

/// Columns of a panel, two registers of AVX-512. They divide the width of every Whisper model.
pub(crate) const COLUMNS: usize = 32;

/// The product of a strip and a panel.
pub(crate) type Tile = [[f32; COLUMNS]; ROWS];

/// One way to multiply by weights. A value of it is the proof that the processor can.
pub(crate) trait Linear: Copy + Send + Sync + 'static {
    /// [`Linear::DEPTH`] numbers of each row of a strip.
    type Left: Copy + Default + Send + Sync + 'static;

    /// As many of each column of a panel.
    type Right: Copy + Default + Send + Sync + 'static;

    /// How many numbers a unit holds in the direction that is summed over.
    const DEPTH: usize;

    /// Writes `DEPTH` numbers of one row, the first of `numbers`.
    fn put_row(left: &mut Self::Left, row: usize, numbers: &[f32]);

    /// Writes `DEPTH` numbers of one column, the first of `numbers`.
    fn put_column(right: &mut Self::Right, column: usize, numbers: &[f32]);

    /// Writes a tile into the first units of a strip.
    #[inline(always)]
    fn put_tile(self, strip: &mut [Self::Left], tile: &Tile) {
        for (row, numbers) in tile.iter().enumerate() {
            put::<Self>(strip, row, numbers);
        }
    }

    /// Applies the Gaussian error linear unit, as exactly as [`Linear::put_tile`] can keep it.
    #[inline(always)]
    fn activate(self, tile: &mut Tile) {
        for number in tile.as_flattened_mut() {
            *number = gelu(*number);
        }
    }

    /// Adds the product of a strip and a panel, equally deep, to a tile.
    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile);
}

/// One way to multiply whatever there is. Its [`Linear::DEPTH`] is 1 or 2.
pub(crate) trait Kernel: Linear {
    /// What scores are multiplied by before [`Kernel::weigh`] gets to see them.
    const SCORE: f32 = 1.0;

    /// Writes the exponentials of how much the scores of a strip of keys exceed `zero`.
    #[inline(always)]
    fn weigh(
        self,
        keys: &[Self::Left],
        queries: &[Self::Right],
        zero: &[f32; COLUMNS],
        weights: &mut [Self::Right],
    ) {
        let mut tile = [[0.0; COLUMNS]; ROWS];
        self.multiply(keys, queries, &mut tile);
        for (weights, rows) in weights.iter_mut().zip(tile.chunks_exact(Self::DEPTH)) {
            let (first, last) = (&rows[0], &rows[Self::DEPTH - 1]);
            for column in 0..COLUMNS {
                let first = exp(first[column] - zero[column]);
                let last = exp(last[column] - zero[column]);
                Self::put_column(weights, column, &[first, last]);
            }
        }
    }

    /// Adds the products of many strips and panels to the first `N` rows of a tile, and perhaps to
    /// the others.
    #[inline(always)]
    fn gather<'a, const N: usize>(
        self,
        parts: impl Iterator<Item = (&'a [Self::Left], &'a [Self::Right])>,
        tile: &mut Tile,
    ) {
        parts.for_each(|(strip, panel)| self.multiply(strip, panel, tile));
    }

    /// Runs `work`, what is inlined in it compiled for the processor.
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T;
}

/// The sums of products one by one: what every kernel is held against.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

#[cfg(test)]
impl Linear for Plain {
    type Left = [f32; ROWS];
    type Right = [f32; COLUMNS];

    const DEPTH: usize = 1;

    fn put_row(left: &mut Self::Left, row: usize, numbers: &[f32]) {
        left[row] = numbers[0];
    }

    fn put_column(right: &mut Self::Right, column: usize, numbers: &[f32]) {
        right[column] = numbers[0];
    }

    fn multiply(self, strip: &[Self::Left], panel: &[Self::Right], tile: &mut Tile) {
        assert_eq!(strip.len(), panel.len());
        for (left, right) in strip.iter().zip(panel) {
            for (row, left) in tile.iter_mut().zip(left) {
                for (sum, right) in row.iter_mut().zip(right) {
                    *sum += left * right;
                }
            }
        }
    }
}

#[cfg(test)]
impl Kernel for Plain {
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The largest difference to [`Plain`] over random strips and panels, relative to the root of
    /// the depth, to which the products grow.
    pub(crate) fn worst_error<L: Linear>(kernel: L) -> f32 {
        let mut random = fastrand::Rng::with_seed(1);
        let mut worst: f32 = 0.0;
        for depth in [32, 64, 512, 2048] {
            let mut number = || random.f32() - 0.5;
            let left: Vec<Vec<f32>> =
                (0..ROWS).map(|_| (0..depth).map(|_| number()).collect()).collect();
            let right: Vec<Vec<f32>> =
                (0..COLUMNS).map(|_| (0..depth).map(|_| number()).collect()).collect();
            let expected = product(Plain, &left, &right);
            let found = product(kernel, &left, &right);
            #[expect(clippy::cast_precision_loss, reason = "at most 2048")]
            let size = (depth as f32).sqrt();
            for (expected, found) in expected.as_flattened().iter().zip(found.as_flattened()) {
                worst = worst.max((expected - found).abs() / size);
            }
        }
        worst
    }

    fn product<L: Linear>(kernel: L, rows: &[Vec<f32>], columns: &[Vec<f32>]) -> Tile {
        let units = rows[0].len() / L::DEPTH;
        let (mut strip, mut panel) =
            (vec![L::Left::default(); units], vec![L::Right::default(); units]);
        for (row, numbers) in rows.iter().enumerate() {
            let units = strip.iter_mut().zip(numbers.chunks_exact(L::DEPTH));
            units.for_each(|(unit, numbers)| L::put_row(unit, row, numbers));
        }
        for (column, numbers) in columns.iter().enumerate() {
            let units = panel.iter_mut().zip(numbers.chunks_exact(L::DEPTH));
            units.for_each(|(unit, numbers)| L::put_column(unit, column, numbers));
        }
        let mut tile = [[1.0; COLUMNS]; ROWS];
        kernel.multiply(&strip, &panel, &mut tile);
        tile
    }
}
