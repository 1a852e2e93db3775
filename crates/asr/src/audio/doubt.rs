//! The loudest window of a recording in which no voice is found.

use super::window::{Part, Window};
use super::{CHUNK, SAMPLE_RATE};
use watchme_core::rules::SILENCE_RMS;

/// Root mean square from which a chunk is loud: four times the gate of silence. Rooms are measured
/// at 0.001 to 0.005, whispered speech near 0.01.
const LOUD: f32 = 0.01;

/// Loud samples that a window needs before it is doubted: 2 s, longer than a knock or a door and
/// shorter than most sentences.
const MIN_LOUD: usize = 2 * SAMPLE_RATE as usize - CHUNK / 8;

/// Longest doubt, in samples. Whisper decodes 30 s at once.
pub(super) const MAX_SAMPLES: usize = 28 * SAMPLE_RATE as usize;

/// Search for that window while the recording is read. Holds at most two windows of samples.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    current: Candidate,
    loudest: Candidate,
}

/// Consecutive chunks of a recording.
#[derive(Debug, Default)]
struct Candidate {
    start: u64,
    samples: Vec<f32>,
    /// Number of them in loud chunks.
    loud: usize,
    energy: f64,
}

impl Doubt {
    /// Takes the next chunk of the recording, which starts at sample `start` and has this level.
    pub(super) fn push(&mut self, start: u64, chunk: &[f32], level: f32) {
        if self.current.samples.is_empty() {
            if level < SILENCE_RMS {
                return;
            }
            self.current.start = start;
        }
        self.current.add(chunk, level);
        if self.current.samples.len() + CHUNK > MAX_SAMPLES {
            self.compare();
        }
    }

    /// Returns the loudest window, if any is loud for long enough.
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
    fn add(&mut self, chunk: &[f32], level: f32) {
        self.samples.extend_from_slice(chunk);
        if level >= LOUD {
            self.loud += chunk.len();
        }
        #[expect(clippy::cast_precision_loss, reason = "a chunk has 15872 samples")]
        let length = chunk.len() as f64;
        self.energy += f64::from(level).powi(2) * length;
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::rules::level;

    use super::*;

    /// The doubt about chunks of these amplitudes: its first chunk and how many it has.
    fn doubted(chunks: &[f32]) -> Option<(u64, usize)> {
        let mut doubt = Doubt::default();
        for (index, &amplitude) in chunks.iter().enumerate() {
            let chunk = vec![amplitude; CHUNK];
            doubt.push((index * CHUNK) as u64, &chunk, level(&chunk));
            let held = doubt.current.samples.len() + doubt.loudest.samples.len();
            assert!(held <= 2 * MAX_SAMPLES);
        }
        let window = doubt.finish()?;
        assert!(window.is_doubt && window.samples.len() <= MAX_SAMPLES);
        Some((window.parts[0].start / CHUNK as u64, window.samples.len() / CHUNK))
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
        let mut chunks = [0.02; 1800];
        assert_eq!(doubted(&chunks), Some((0, 28)));
        chunks[700..710].fill(0.1);
        assert_eq!(doubted(&chunks), Some((700, 28)));
    }
}
