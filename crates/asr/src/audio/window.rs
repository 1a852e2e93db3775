//! A window: parts of a recording, one after the other, and their times.

use std::ops::Range;
use std::time::Duration;

use super::{duration_of, samples_of};

/// Parts of a recording that the engine decodes as one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Window {
    /// Samples: mono, 16 kHz, -1 to 1.
    pub(crate) samples: Vec<f32>,
    /// Origins of the samples, in order and without a gap in the window.
    pub(super) parts: Vec<Part>,
    /// Samples of the window that are voice, in order.
    pub(super) voiced: Vec<Range<usize>>,
}

/// A contiguous part of the recording in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its first sample in the window.
    pub(super) at: usize,
    /// Its first sample in the recording.
    pub(super) start: u64,
    pub(super) length: usize,
}

impl Window {
    /// A window of silence from the start of a recording, with voice at these seconds, if any.
    #[cfg(test)]
    pub(crate) fn silent(seconds: usize, voiced: Option<Range<usize>>) -> Self {
        let samples_of = |seconds: usize| seconds * super::SAMPLE_RATE as usize;
        let length = samples_of(seconds);
        let voiced = voiced.map(|it| samples_of(it.start)..samples_of(it.end));
        let parts = vec![Part { at: 0, start: 0, length }];
        Self { samples: vec![0.0; length], parts, voiced: voiced.into_iter().collect() }
    }

    /// Length of the window.
    pub(crate) fn length(&self) -> Duration {
        duration_of(self.samples.len() as u64)
    }

    /// End of its last part, from the start of the recording.
    pub(crate) fn end(&self) -> Duration {
        duration_of(self.parts.last().map_or(0, Part::end))
    }

    /// Time of a sample of the window in the recording.
    pub(crate) fn start_of(&self, sample: usize) -> Duration {
        let time = duration_of(sample as u64);
        self.in_recording(&(time..time)).start
    }

    /// End of the samples before this one, in the recording.
    pub(crate) fn end_of(&self, sample: usize) -> Duration {
        self.end_at(duration_of(sample as u64))
    }

    /// Time in the recording at which this time of the window ends.
    fn end_at(&self, time: Duration) -> Duration {
        let part = self.parts.iter().find(|part| time <= time_at(part) + part.time());
        part.or(self.parts.last()).map_or(time, |part| part.place(time))
    }

    /// Number of samples before this time of the recording, if one of the parts holds it.
    pub(crate) fn sample_at_end(&self, time: Duration) -> Option<usize> {
        let within =
            |part: &&Part| (duration_of(part.start)..=duration_of(part.end())).contains(&time);
        let part = self.parts.iter().find(within)?;
        let before = samples_of(time.saturating_sub(duration_of(part.start)));
        Some(part.at + usize::try_from(before).ok()?)
    }

    /// Appends a window from later in the recording.
    pub(crate) fn append(&mut self, later: Self) {
        let at = self.samples.len();
        self.samples.extend(later.samples);
        for part in later.parts {
            match self.parts.last_mut() {
                Some(last) if last.end() == part.start => last.length += part.length,
                _ => self.parts.push(Part { at: at + part.at, ..part }),
            }
        }
        let voiced = later.voiced.iter().map(|range| range.start + at..range.end + at);
        self.voiced.extend(voiced);
    }

    /// Drops the first `count` samples.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.samples.len());
        self.samples.drain(..count);
        self.parts.retain_mut(|part| {
            let dropped = count.saturating_sub(part.at).min(part.length);
            part.start += dropped as u64;
            part.length -= dropped;
            part.at = part.at.saturating_sub(count);
            part.length > 0
        });
        self.voiced.retain_mut(|range| {
            *range = range.start.saturating_sub(count)..range.end.saturating_sub(count);
            range.start < range.end
        });
    }

    /// Length of the voice between these times of the window.
    pub(crate) fn voice_in(&self, span: &Range<Duration>) -> Duration {
        let sample = |time| usize::try_from(samples_of(time)).unwrap_or(usize::MAX);
        duration_of(self.voiced_samples(sample(span.start)..sample(span.end)) as u64)
    }

    /// Samples at which voice begins, in order.
    pub(crate) fn onsets(&self) -> impl Iterator<Item = usize> {
        self.voiced.iter().map(|range| range.start)
    }

    /// Number of samples in this range that are voice.
    pub(crate) fn voiced_samples(&self, samples: Range<usize>) -> usize {
        let shared = |voice: &Range<usize>| {
            voice.end.min(samples.end).saturating_sub(voice.start.max(samples.start))
        };
        self.voiced.iter().map(shared).sum()
    }

    /// Maps a range of the window to the recording.
    ///
    /// Between two parts, a start belongs to the later one and an end to the earlier one. Ranges in
    /// order stay in order.
    pub(crate) fn in_recording(&self, range: &Range<Duration>) -> Range<Duration> {
        let later = self.parts.iter().rev().find(|part| time_at(part) <= range.start);
        let start = later.map_or(range.start, |part| part.place(range.start));
        start..self.end_at(range.end).max(start)
    }
}

impl Part {
    /// Sample after its last one, in the recording.
    pub(super) fn end(&self) -> u64 {
        self.start + self.length as u64
    }

    fn time(&self) -> Duration {
        duration_of(self.length as u64)
    }

    /// Maps a time of the window to the recording, within this part.
    fn place(&self, time: Duration) -> Duration {
        duration_of(self.start) + time.saturating_sub(time_at(self)).min(self.time())
    }
}

/// Time at which a part begins in the window.
fn time_at(part: &Part) -> Duration {
    duration_of(part.at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = super::super::SAMPLE_RATE as usize;

    fn window(parts: &[(u64, usize)]) -> Window {
        let mut window = Window::default();
        for &(start, length) in parts {
            let at = window.samples.len();
            let (start, length) = (start * SECOND as u64, length * SECOND);
            window.parts.push(Part { at, start, length });
            window.samples.resize(at + length, 0.5);
        }
        window
    }

    #[test]
    fn times_lie_where_the_parts_come_from() {
        let window = window(&[(10, 2), (100, 3), (1000, 1)]);
        assert_eq!((window.length(), window.end()), (secs(6.0), secs(1001.0)));
        for (from, to, start, end) in [
            (0.0, 0.0, 10.0, 10.0),
            (0.0, 2.0, 10.0, 12.0),
            (0.5, 1.5, 10.5, 11.5),
            // A start belongs to the later part, an end to the earlier one.
            (2.0, 5.0, 100.0, 103.0),
            (2.0, 2.0, 100.0, 100.0),
            (1.0, 3.0, 11.0, 101.0),
            (5.0, 6.0, 1000.0, 1001.0),
            (5.5, 9.0, 1000.5, 1001.0),
            (9.0, 9.0, 1001.0, 1001.0),
        ] {
            let found = window.in_recording(&(secs(from)..secs(to)));
            assert_eq!(found, secs(start)..secs(end), "{from} to {to}");
        }
    }

    #[test]
    fn what_is_dropped_in_front_and_added_behind_keeps_its_place() {
        let mut all = window(&[(10, 2), (100, 3), (1000, 1)]);
        all.voiced = vec![0..SECOND, 2 * SECOND..5 * SECOND];
        all.drop_front(SECOND / 2);
        all.append(window(&[(1001, 2), (2000, 1)]));
        let places = [0, 14, 15, 45, 75].map(|tenths| all.start_of(tenths * SECOND / 10));
        assert_eq!(places, [10.5, 11.9, 100.0, 1000.0, 2000.0].map(secs));
        assert_eq!(all.parts.len(), 4, "what touches is one part");
        assert_eq!(all.voiced, [0..SECOND / 2, SECOND * 3 / 2..SECOND * 9 / 2]);
        all.drop_front(SECOND * 3);
        assert_eq!(all.voiced, vec![0..SECOND * 3 / 2; 1]);
        assert_eq!((all.start_of(0), all.end()), (secs(101.5), secs(2001.0)));
        all.drop_front(usize::MAX);
        assert_eq!(all, Window::default());
    }

    #[test]
    fn where_samples_end_in_the_recording_tells_how_many_they_are() {
        let window = window(&[(10, 2), (12, 1), (100, 3)]);
        for samples in (0..=6 * SECOND).step_by(SECOND / 100) {
            assert_eq!(window.sample_at_end(window.end_of(samples)), Some(samples));
        }
        for outside in [9.9, 13.1, 99.9, 103.1] {
            assert_eq!(window.sample_at_end(secs(outside)), None, "{outside}");
        }
    }

    #[test]
    fn what_is_in_order_stays_in_order_and_within_the_parts() {
        let window = window(&[(1, 1), (5, 2), (9, 1), (20, 4)]);
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..200 {
            let mut times: Vec<f64> = (0..8).map(|_| random.f64() * 8.5).collect();
            times.sort_by(f64::total_cmp);
            let mut after = Duration::ZERO;
            for pair in times.chunks_exact(2) {
                let found = window.in_recording(&(secs(pair[0])..secs(pair[1])));
                assert!(after <= found.start && found.start <= found.end, "{times:?}: {found:?}");
                let is_in = |time| {
                    let within = |part: &Part| {
                        (duration_of(part.start)..=duration_of(part.end())).contains(&time)
                    };
                    window.parts.iter().any(within)
                };
                assert!(is_in(found.start) && is_in(found.end), "{found:?}");
                after = found.end;
            }
        }
    }

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }
}
