//! The loudest window of a recording in which no voice is found.

use super::window::{Part, Window};
use super::{BLOCK, SAMPLE_RATE};
use watchme_core::rules::SILENCE_RMS;

/// Root mean square from which a second is loud: four times the gate of silence. Rooms are measured
/// at 0.001 to 0.005, whispered speech near 0.01.
const LOUD: f32 = 0.01;

/// Sound is doubted where so much of a window is loud: 2 s, longer than a knock or a door and
/// shorter than most sentences.
const MIN_LOUD: usize = 2 * SAMPLE_RATE as usize - BLOCK / 8;

/// The longest of them. Whisper hears 30 s at once.
pub(super) const MAX_SAMPLES: usize = 28 * SAMPLE_RATE as usize;

/// Looks for it while a recording goes by. Holds at most two windows of samples.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    current: Candidate,
    loudest: Candidate,
}

/// Consecutive blocks of a recording.
#[derive(Debug, Default)]
struct Candidate {
    start: u64,
    samples: Vec<f32>,
    /// How many of them are in loud blocks.
    loud: usize,
    energy: f64,
}

impl Doubt {
    /// Takes the next block of the recording, which starts at sample `start` and is this loud.
    pub(super) fn push(&mut self, start: u64, block: &[f32], level: f32) {
        if self.current.samples.is_empty() {
            if level < SILENCE_RMS {
                return;
            }
            self.current.start = start;
        }
        self.current.add(block, level);
        if self.current.samples.len() + BLOCK > MAX_SAMPLES {
            self.compare();
        }
    }

    /// The loudest window, if any is loud for long enough.
    pub(super) fn finish(mut self) -> Option<Window> {
        self.compare();
        let Candidate { start, samples, loud, .. } = self.loudest;
        let part = Part { at: 0, start, length: samples.len() };
        let window = Window { samples, parts: vec![part], voiced: Vec::new(), is_doubt: true };
        (loud >= MIN_LOUD).then_some(window)
    }

    fn compare(&mut self) {
        let current = std::mem::take(&mut self.current);
        if current.loud >= MIN_LOUD && current.energy > self.loudest.energy {
            self.loudest = current;
        }
    }
}

impl Candidate {
    fn add(&mut self, block: &[f32], level: f32) {
        self.samples.extend_from_slice(block);
        if level >= LOUD {
            self.loud += block.len();
        }
        #[expect(clippy::cast_precision_loss, reason = "a block has 15872 samples")]
        let length = block.len() as f64;
        self.energy += f64::from(level).powi(2) * length;
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::rules::level;

    use super::*;

    /// The doubt about blocks of these amplitudes: its first block and how many it has.
    fn doubted(blocks: &[f32]) -> Option<(u64, usize)> {
        let mut doubt = Doubt::default();
        for (index, &amplitude) in blocks.iter().enumerate() {
            let block = vec![amplitude; BLOCK];
            doubt.push((index * BLOCK) as u64, &block, level(&block));
            let held = doubt.current.samples.len() + doubt.loudest.samples.len();
            assert!(held <= 2 * MAX_SAMPLES);
        }
        let window = doubt.finish()?;
        assert!(window.is_doubt && window.samples.len() <= MAX_SAMPLES);
        Some((window.parts[0].start / BLOCK as u64, window.samples.len() / BLOCK))
    }

    #[test]
    fn only_what_is_loud_for_a_while_is_doubted() {
        assert_eq!(doubted(&[]), None);
        assert_eq!(doubted(&[0.0; 100]), None);
        assert_eq!(doubted(&[0.009; 100]), None);
        assert_eq!(doubted(&[0.0, 0.5, 0.0, 0.0]), None, "a door");
        assert_eq!(doubted(&[0.011; 2]), Some((0, 2)));
        assert_eq!(doubted(&[0.0, 0.0, 0.02, 0.02, 0.0]), Some((2, 3)));
    }

    #[test]
    fn of_many_windows_the_loudest_is_doubted() {
        let mut blocks = [0.02; 1800];
        assert_eq!(doubted(&blocks), Some((0, 28)));
        blocks[700..710].fill(0.1);
        assert_eq!(doubted(&blocks), Some((700, 28)));
    }
}
