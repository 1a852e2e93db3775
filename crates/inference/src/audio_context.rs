//! The length of audio that an encoder takes at once.

use crate::kernel::ROWS;
use crate::shape::POSITIONS;

/// Frames of the spectrogram for each position.
const STRIDE: usize = 2;

/// Length of audio that an encoder takes at once and a decoder attends to: 30 s or less.
///
/// Both work as long as it is long. Whisper was trained on 30 s alone, and knows speech to end in
/// silence: where less is encoded, some seconds of silence must be part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioContext {
    /// A multiple of [`ROWS`], at least one strip and at most [`POSITIONS`].
    positions: usize,
}

impl AudioContext {
    /// All 30 s, 1500 positions.
    pub const FULL: Self = Self { positions: POSITIONS };

    /// Returns the shortest that holds `frames` frames of the mel spectrogram, 100 in a second, or
    /// [`AudioContext::FULL`] if none does.
    #[must_use]
    pub fn holding(frames: usize) -> Self {
        let positions = frames.div_ceil(STRIDE).max(1).next_multiple_of(ROWS);
        Self { positions: positions.min(POSITIONS) }
    }

    /// Number of positions of the encoder's output, 50 in a second.
    #[must_use]
    pub fn positions(self) -> usize {
        self.positions
    }

    /// Number of frames of the mel spectrogram, 100 in a second.
    #[must_use]
    pub fn frames(self) -> usize {
        self.positions * STRIDE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_shortest_of_whole_strips_that_holds_the_frames() {
        let cases = [(0, 12), (1, 12), (24, 12), (25, 24), (1000, 504), (2976, 1488)];
        for (frames, positions) in cases {
            let context = AudioContext::holding(frames);
            assert_eq!((context.positions(), context.frames()), (positions, 2 * positions));
        }
        for frames in [2977, 3000, 3001, 100_000] {
            assert_eq!(AudioContext::holding(frames), AudioContext::FULL);
        }
    }
}
