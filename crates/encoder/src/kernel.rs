//! What differs from processor to processor: the product of a strip and a panel.

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

/// Rows of a strip. With [`COLUMNS`] a tile fills 24 of the 32 registers of AVX-512, and both
/// divide the 96 rows that are worked on at a time.
pub(crate) const ROWS: usize = 12;

/// Columns of a panel, two registers of AVX-512. They divide the width of every Whisper model.
pub(crate) const COLUMNS: usize = 32;

/// The product of a strip and a panel.
pub(crate) type Tile = [[f32; COLUMNS]; ROWS];

/// One way to multiply. A value of it is the proof that the processor can.
pub(crate) trait Kernel: Copy + Send + Sync + 'static {
    /// [`Kernel::DEPTH`] numbers next to each other in the direction that is summed over.
    type Cell: Copy + Default + Send + Sync + 'static;

    /// How many numbers a cell holds: 1 or 2.
    const DEPTH: usize;

    /// A cell of `DEPTH` numbers.
    fn cell(numbers: [f32; 2]) -> Self::Cell;

    /// Adds the product of a strip and a panel, equally many cells deep, to a tile.
    fn multiply(
        self,
        strip: &[[Self::Cell; ROWS]],
        panel: &[[Self::Cell; COLUMNS]],
        tile: &mut Tile,
    );

    /// Runs `work`, what is inlined in it compiled for the processor.
    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T;
}

/// The sums of products one by one: what every kernel is held against.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

#[cfg(test)]
impl Kernel for Plain {
    type Cell = f32;

    const DEPTH: usize = 1;

    fn cell(numbers: [f32; 2]) -> f32 {
        numbers[0]
    }

    fn multiply(self, strip: &[[f32; ROWS]], panel: &[[f32; COLUMNS]], tile: &mut Tile) {
        assert_eq!(strip.len(), panel.len());
        for (left, right) in strip.iter().zip(panel) {
            for (row, left) in tile.iter_mut().zip(left) {
                for (sum, right) in row.iter_mut().zip(right) {
                    *sum += left * right;
                }
            }
        }
    }

    fn vectorize<T>(self, work: impl FnOnce() -> T) -> T {
        work()
    }
}
