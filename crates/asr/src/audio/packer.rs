//! Packs stretches of speech into windows.

use std::collections::VecDeque;
use std::ops::Range;

use super::SAMPLE_RATE;
use super::window::{Part, Window};

/// Samples that make a window: half of what the engine decodes at once. The cuts have no meaning,
/// since the engine joins the windows again.
const ENOUGH: usize = 15 * SAMPLE_RATE as usize;

/// Joins the stretches of one recording, in order.
///
/// Each comes with its padding, which is the pause between two of them.
#[derive(Debug, Default)]
pub(super) struct Packer {
    /// Samples that are not judged yet.
    recent: VecDeque<f32>,
    /// First of them, counted from the start of the recording.
    start: u64,
    window: Window,
    ready: VecDeque<Window>,
}

impl Packer {
    /// Takes the next samples of the recording.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.recent.extend(samples);
    }

    /// Adds samples that were pushed, counted from the start of the recording, to the windows.
    pub(super) fn add(&mut self, range: Range<u64>, is_voice: bool) {
        self.settle(range.start);
        let wanted = usize::try_from(range.end.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let length = wanted.min(self.recent.len());
        if length == 0 {
            return;
        }
        self.begin_part();
        let at = self.window.samples.len();
        self.window.samples.extend(self.recent.drain(..length));
        self.start += length as u64;
        if let Some(part) = self.window.parts.last_mut() {
            part.length += length;
        }
        if is_voice {
            note_voice(&mut self.window.voiced, at..at + length);
        }
        if self.window.samples.len() >= ENOUGH {
            self.finish();
        }
    }

    /// Drops the samples before `until`: none of them will be added any more.
    pub(super) fn settle(&mut self, until: u64) {
        let settled = usize::try_from(until.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let settled = settled.min(self.recent.len());
        self.recent.drain(..settled);
        self.start += settled as u64;
    }

    /// Next window that is ready.
    pub(super) fn next_window(&mut self) -> Option<Window> {
        self.ready.pop_front()
    }

    /// Closes the last window, after the last sample was added.
    pub(super) fn finish(&mut self) {
        if !self.window.samples.is_empty() {
            self.ready.push_back(std::mem::take(&mut self.window));
        }
    }

    /// Sample of the recording before which everything is in windows that were taken, or in none.
    pub(super) fn done(&self) -> u64 {
        let part = self.ready.front().unwrap_or(&self.window).parts.first();
        part.map_or(self.start, |part| part.start)
    }

    /// Number of samples that wait.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.recent.len() + self.window.samples.len()
    }

    fn begin_part(&mut self) {
        if self.window.parts.last().is_none_or(|part| part.end() != self.start) {
            let at = self.window.samples.len();
            self.window.parts.push(Part { at, start: self.start, length: 0 });
        }
    }
}

fn note_voice(voiced: &mut Vec<Range<usize>>, range: Range<usize>) {
    match voiced.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => voiced.push(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = SAMPLE_RATE as u64;

    /// The parts of all windows of stretches (in seconds), added in pieces of `piece` samples, as
    /// (start, length) in samples. Each sample is its own number.
    fn packed(stretches: &[Range<u64>], piece: u64) -> Vec<Vec<(u64, u64)>> {
        let mut packer = Packer::default();
        let (mut pushed, mut windows) = (0, Vec::new());
        for stretch in stretches {
            let (mut start, end) = (stretch.start * SECOND, stretch.end * SECOND);
            while start < end {
                let until = (start + piece).min(end);
                #[expect(clippy::cast_precision_loss, reason = "below 2^24")]
                let samples: Vec<f32> = (pushed..until).map(|n| n as f32).collect();
                packer.push(&samples);
                pushed = until;
                packer.add(start..until, true);
                packer.settle(until);
                assert!(packer.recent.is_empty());
                windows.extend(std::iter::from_fn(|| packer.next_window()));
                assert!(packer.done() <= until);
                start = until;
            }
        }
        packer.finish();
        windows.extend(std::iter::from_fn(|| packer.next_window()));
        windows.iter().map(|window| checked(window, piece)).collect()
    }

    fn checked(window: &Window, piece: u64) -> Vec<(u64, u64)> {
        assert!((1..ENOUGH as u64 + piece).contains(&(window.samples.len() as u64)));
        let mut at = 0;
        for part in &window.parts {
            assert_eq!(part.at, at);
            #[expect(clippy::cast_precision_loss, reason = "below 2^24")]
            let (first, last) = (part.start as f32, (part.end() - 1) as f32);
            at += part.length;
            assert_eq!((window.samples[part.at], window.samples[at - 1]), (first, last));
        }
        assert_eq!(at, window.samples.len());
        let voiced = window.voiced.iter().map(|range| (range.start, range.end));
        assert_eq!(voiced.collect::<Vec<_>>(), [(0, at)], "all of it was added as voice");
        window.parts.iter().map(|part| (part.start, part.length as u64)).collect()
    }

    #[test]
    fn stretches_are_handed_on_in_order_once_there_is_enough() {
        for piece in [256, 5_000, 40_000] {
            let windows = packed(&[3..10, 20..30, 31..60, 100..101], piece);
            assert!((3..=4).contains(&windows.len()), "47 s of speech in 15 s each");
            let mut merged: Vec<(u64, u64)> = Vec::new();
            for (start, length) in windows.concat() {
                match merged.last_mut() {
                    Some((last, so_far)) if *last + *so_far == start => *so_far += length,
                    _ => merged.push((start, length)),
                }
            }
            let seconds: Vec<_> =
                merged.iter().map(|(start, length)| (start / SECOND, length / SECOND)).collect();
            assert_eq!(seconds, [(3, 7), (20, 10), (31, 29), (100, 1)], "pieces of {piece}");
        }
    }

    #[test]
    fn no_stretch_makes_no_window() {
        assert_eq!(packed(&[], 256), Vec::<Vec<(u64, u64)>>::new());
    }

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(packed(&[1..5, 5..9, 9..14], 999), [[(SECOND, 13 * SECOND)]]);
    }

    #[test]
    fn what_is_settled_is_let_go() {
        let mut packer = Packer::default();
        packer.push(&[0.1; 1000]);
        packer.settle(900);
        assert_eq!((packer.recent.len(), packer.done()), (100, 900));
        packer.add(950..2000, false);
        assert_eq!(packer.done(), 950);
        packer.finish();
        let window = packer.next_window().unwrap();
        assert_eq!((window.samples.len(), window.voiced.len()), (50, 0));
        assert_eq!(packer.done(), 1000);
    }
}
