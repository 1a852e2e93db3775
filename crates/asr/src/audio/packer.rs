//! Packs stretches of speech into windows.

use std::collections::VecDeque;
use std::ops::Range;

use super::cut::{MAX_SAMPLES, cut_at_end, cut_of};
use super::window::{Part, Window};

/// Puts the stretches of one recording together, in order.
///
/// A stretch is kept in one window where it fits: it is cut only where it is longer than one.
/// Each brings what lies around it in the recording, which is the pause between two of them.
#[derive(Debug, Default)]
pub(super) struct Packer {
    /// Samples of which it is not known yet whether they are speech.
    recent: VecDeque<f32>,
    /// Where they start, from the start of the recording.
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
        self.make_room();
    }

    /// Lets go of what was pushed before `until`: none of it will be added any more.
    pub(super) fn settle(&mut self, until: u64) {
        let settled = usize::try_from(until.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let settled = settled.min(self.recent.len());
        self.recent.drain(..settled);
        self.start += settled as u64;
    }

    /// Hands out a window that was made elsewhere after those that are ready.
    pub(super) fn give(&mut self, window: Window) {
        self.ready.push_back(window);
    }

    /// The next window that is full.
    pub(super) fn next_window(&mut self) -> Option<Window> {
        self.ready.pop_front()
    }

    /// After the last sample was added.
    pub(super) fn finish(&mut self) {
        self.end_part();
        self.emit(self.window.samples.len());
    }

    /// Everything before this sample of the recording is in windows that were taken, or is in none.
    pub(super) fn done(&self) -> u64 {
        let part = self.ready.front().unwrap_or(&self.window).parts.first();
        part.map_or(self.start, |part| part.start)
    }

    /// How many samples wait.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.recent.len() + self.window.samples.len()
    }

    fn begin_part(&mut self) {
        if self.window.parts.last().is_some_and(|part| part.end() == self.start) {
            return;
        }
        self.end_part();
        let at = self.window.samples.len();
        self.window.parts.push(Part { at, start: self.start, length: 0 });
    }

    /// The part that grows has ended.
    fn end_part(&mut self) {
        // Alone it may have become a little longer than a window.
        while let Some(cut) = cut_at_end(&self.window.samples) {
            self.emit(cut);
        }
    }

    /// Ends windows until the last one is not too long.
    fn make_room(&mut self) {
        let growing = self.window.parts.last().map_or(0, |part| part.at);
        if growing > 0 && self.window.samples.len() > MAX_SAMPLES {
            self.emit(growing);
        }
        while let Some(cut) = cut_of(&self.window.samples) {
            self.emit(cut);
        }
    }

    /// Makes the first `length` samples of the window one of their own.
    fn emit(&mut self, length: usize) {
        let rest = split_off(&mut self.window, length);
        let full = std::mem::replace(&mut self.window, rest);
        if !full.samples.is_empty() {
            self.ready.push_back(full);
        }
    }
}

/// Cuts a window at one of its samples.
fn split_off(window: &mut Window, at: usize) -> Window {
    let samples = window.samples.split_off(at);
    let mut parts = Vec::new();
    for part in window.parts.iter().filter(|part| part.at + part.length > at) {
        let skipped = at.saturating_sub(part.at);
        let start = part.start + skipped as u64;
        parts.push(Part { at: part.at.saturating_sub(at), start, length: part.length - skipped });
    }
    window.parts.retain_mut(|part| {
        part.length = part.length.min(at.saturating_sub(part.at));
        part.length > 0
    });
    let later = window.voiced.iter().filter(|range| range.end > at);
    let voiced = later.map(|range| range.start.saturating_sub(at)..range.end - at).collect();
    window.voiced.retain_mut(|range| {
        range.end = range.end.min(at);
        range.start < range.end
    });
    Window { samples, parts, voiced, is_doubt: window.is_doubt }
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

    const SECOND: u64 = super::super::SAMPLE_RATE as u64;

    /// The windows of stretches (in seconds), added in pieces of `piece` samples, as (start, length)
    /// of their parts in samples. Each sample is its own number.
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
        windows.iter().map(checked).collect()
    }

    fn checked(window: &Window) -> Vec<(u64, u64)> {
        assert!((1..=MAX_SAMPLES).contains(&window.samples.len()));
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

    fn seconds(windows: &[Vec<(u64, u64)>]) -> Vec<Vec<(u64, u64)>> {
        let window = |window: &Vec<(u64, u64)>| {
            window.iter().map(|(start, length)| (start / SECOND, length / SECOND)).collect()
        };
        windows.iter().map(window).collect()
    }

    #[test]
    fn stretches_fill_windows_in_order_and_are_kept_whole() {
        for piece in [256, 5_000, 40_000] {
            let windows = packed(&[3..10, 20..30, 31..42, 50..60, 100..101, 200..228], piece);
            let expected =
                [vec![(3, 7), (20, 10), (31, 11)], vec![(50, 10), (100, 1)], vec![(200, 28)]];
            assert_eq!(seconds(&windows), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn no_stretch_makes_no_window() {
        assert_eq!(packed(&[], 256), Vec::<Vec<(u64, u64)>>::new());
    }

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(seconds(&packed(&[1..5, 5..9, 9..20], 999)), [[(1, 19)]]);
    }

    #[test]
    fn a_stretch_too_long_for_a_window_is_cut_and_loses_nothing() {
        for (piece, length) in [(256, 65), (7_777, 29), (40_000, 300), (256, 28)] {
            let windows = packed(&[0..1, 2..2 + length, 400..402], piece);
            let parts: Vec<(u64, u64)> = windows.concat();
            let all: u64 = parts.iter().map(|(_, length)| length).sum();
            assert_eq!(all, (1 + length + 2) * SECOND);
            assert!(parts.is_sorted());
            assert!(parts.iter().all(|(_, length)| *length >= SECOND), "{parts:?}");
        }
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
