//! Places decoded samples on the clock of the recording, by the time stamps of its packets and by its edit
//! list.
//!
//! A gap between two packets becomes silence, so that all later times stay right.

use std::ops::Range;

/// Difference between time stamps and samples that is no gap, in seconds. Recorders that stamp in
/// milliseconds, or when a packet arrives, are off by some hundredths.
const TOLERANCE: f64 = 0.1;

/// Tolerance in seconds for time stamps that count samples: less than a usual packet of 20 ms.
const TOLERANCE_OF_SAMPLES: f64 = 0.015;

/// Tolerance in seconds where a packet is known to be lost.
const TOLERANCE_AT_DAMAGE: f64 = 0.002;

/// Step backwards, in seconds, from which the clock counts as restarted.
const BACKWARDS: f64 = 1.0;

/// Longest silence before the first packet, in seconds. A later start is the clock of a live stream, of
/// which the recording is a part.
const MAX_LEAD: f64 = 60.0;

/// Smallest bit rate of a recording including its gaps, in bits per second: an hour with a minute of sound
/// has more. Time stamps that imply less are not believed.
const MIN_BITS_PER_SECOND: f64 = 400.0;

/// Part of a track that is played.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// Times in the track, in seconds.
    pub(super) media: Range<f64>,
    /// Its start in the recording, in seconds.
    pub(super) at: f64,
}

/// Placement of decoded samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// Silence before it, in samples.
    pub(super) silence: u64,
    /// Range of the decoded samples; the others are not played.
    pub(super) frames: Range<usize>,
}

/// Clock of a recording while it is decoded.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Edits in the order of their times in the track.
    edits: Vec<Edit>,
    /// End of the samples and silence so far, in seconds.
    heard: f64,
    /// Time stamp of the start of the recording. `None` until it is known.
    origin: Option<f64>,
    longest: f64,
    tolerance: f64,
    is_damaged: bool,
}

impl Timeline {
    /// Creates the timeline of a file of `bytes` with the edits of its track. `counts_samples` if its time
    /// stamps are exact to the sample.
    pub(super) fn new(bytes: u64, mut edits: Vec<Edit>, counts_samples: bool) -> Self {
        edits.sort_by(|a, b| a.media.start.total_cmp(&b.media.start));
        // Parts that are played in another order, or twice, are taken in the order of the track.
        if edits.is_sorted_by(|a, b| a.media.end <= b.media.start && a.at <= b.at) {
            let is_whole = edits.iter().all(|it| it.media.start <= 0.0 && it.at <= 0.0);
            if is_whole && edits.iter().any(|it| it.media.end.is_infinite()) {
                edits.clear();
            }
        } else {
            edits = in_order(&edits);
        }
        #[expect(clippy::cast_precision_loss, reason = "a file size need not be exact")]
        let longest = bytes as f64 * 8.0 / MIN_BITS_PER_SECOND;
        let tolerance = if counts_samples { TOLERANCE_OF_SAMPLES } else { TOLERANCE };
        Self { edits, heard: 0.0, origin: None, longest, tolerance, is_damaged: false }
    }

    /// End of the samples and silence so far, in seconds.
    pub(super) fn heard(&self) -> f64 {
        self.heard
    }

    /// Length of the recording in seconds, if the edits determine it.
    pub(super) fn edited(&self) -> Option<f64> {
        let last = self.edits.last()?;
        Some(last.at + last.media.end - last.media.start).filter(|length| length.is_finite())
    }

    /// Time stamp at which the next sample is expected, in seconds.
    pub(super) fn now(&self) -> f64 {
        self.heard + self.origin.unwrap_or(0.0)
    }

    /// Notes that a packet is lost before the next.
    pub(super) fn lose(&mut self) {
        self.is_damaged = true;
    }

    /// Notes that another stream follows, with a clock of its own.
    pub(super) fn restart(&mut self) {
        if self.heard > 0.0 {
            self.origin = None;
        }
        self.edits.clear();
    }

    /// Places `frames` samples of `rate` that were decoded from a packet at `start` seconds.
    pub(super) fn place(&mut self, start: f64, frames: usize, rate: u32) -> Vec<Placed> {
        if self.edits.is_empty() {
            let silence = self.silence_before(start, rate);
            let placed = Placed { silence, frames: 0..frames };
            self.heard += seconds(frames as u64, rate);
            return vec![placed];
        }
        let mut placed = Vec::new();
        let edits = std::mem::take(&mut self.edits);
        for edit in &edits {
            let frame_at = |time: f64| frames_of(time - start, rate).min(frames as u64);
            let (from, to) = (frame_at(edit.media.start), frame_at(edit.media.end));
            let frames = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
            if frames.is_empty() {
                continue;
            }
            let at = edit.at + start + seconds(from, rate) - edit.media.start;
            self.origin = Some(0.0);
            placed.push(Placed { silence: self.silence_before(at, rate), frames });
            self.heard += seconds(to - from, rate);
        }
        self.edits = edits;
        placed
    }

    /// Number of samples of silence up to a time stamp.
    fn silence_before(&mut self, time: f64, rate: u32) -> u64 {
        let is_first = self.heard <= 0.0;
        let origin = match self.origin {
            Some(origin) => origin,
            // Encoders stamp their delay with negative times, or leave it out.
            None if is_first && time < TOLERANCE => time,
            None if is_first && time <= MAX_LEAD => 0.0,
            None => time - self.heard,
        };
        let gap = time - origin - self.heard;
        let tolerance = if self.is_damaged { TOLERANCE_AT_DAMAGE } else { self.tolerance };
        self.is_damaged = false;
        let is_gap = gap > tolerance;
        if gap < -BACKWARDS || is_gap && self.heard + gap > self.longest {
            self.origin = Some(time - self.heard);
            return 0;
        }
        self.origin = Some(origin);
        if !is_gap {
            return 0;
        }
        let silence = frames_of(gap, rate);
        self.heard += seconds(silence, rate);
        silence
    }
}

/// Sorts edits into the order of the track, without overlaps, and plays them one after the other.
fn in_order(edits: &[Edit]) -> Vec<Edit> {
    let mut ordered = Vec::<Edit>::new();
    for edit in edits {
        let (end, at) = ordered.last().map_or((0.0, 0.0), |last| {
            (last.media.end, last.at + last.media.end - last.media.start)
        });
        let start = edit.media.start.max(end);
        if start < edit.media.end && at.is_finite() {
            ordered.push(Edit { media: start..edit.media.end, at });
        }
    }
    ordered
}

/// Number of samples in a time; 0 if that is negative.
fn frames_of(seconds: f64, rate: u32) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let frames = (seconds * f64::from(rate)).round().max(0.0) as u64;
    frames
}

fn seconds(frames: u64, rate: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a day of samples is below 2^53")]
    let frames = frames as f64;
    frames / f64::from(rate.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    /// A long file, whose clock is believed.
    fn timeline(edits: &[(f64, f64, f64)]) -> Timeline {
        let edit = |&(start, end, at)| Edit { media: start..end, at };
        Timeline::new(1 << 30, edits.iter().map(edit).collect(), false)
    }

    /// Places packets of 20 ms at these times (in seconds), as (silence, frames).
    fn placed(timeline: &mut Timeline, times: &[f64]) -> Vec<(u64, Range<usize>)> {
        let placed = times.iter().flat_map(|&time| timeline.place(time, 320, RATE));
        placed.map(|it| (it.silence, it.frames)).collect()
    }

    #[test]
    fn gaps_stay_and_small_errors_of_the_clock_are_none() {
        let all = 0..320;
        for (times, silences) in [
            (vec![0.0, 0.02, 0.04], vec![0, 0, 0]),
            // Stamps in milliseconds, before the start, late, and of a clock that goes on elsewhere.
            (vec![-0.007, 0.013, 0.034, 0.053], vec![0, 0, 0, 0]),
            (vec![0.0, 0.09, 0.05], vec![0, 0, 0]),
            (vec![1.0, 1.02], vec![16_000, 0]),
            (vec![1000.0, 1000.02], vec![0, 0]),
            // A pause of a second, and a clock that begins anew.
            (vec![0.0, 1.02, 1.04], vec![0, 16_000, 0]),
            (vec![5.0, 5.02, 0.0, 0.02, 0.54], vec![80_000, 0, 0, 0, 8_000]),
        ] {
            let expected: Vec<_> = silences.iter().map(|&silence| (silence, all.clone())).collect();
            assert_eq!(placed(&mut timeline(&[]), &times), expected, "{times:?}");
        }
    }

    #[test]
    fn a_clock_of_samples_misses_any_packet() {
        let mut exact = Timeline::new(1 << 30, Vec::new(), true);
        let times = [0.0, 0.02, 0.06, 0.08];
        let silences: Vec<_> = placed(&mut exact, &times).into_iter().map(|it| it.0).collect();
        assert_eq!(silences, [0, 0, 320, 0]);
    }

    #[test]
    fn a_lost_packet_is_silence_and_a_clock_that_leaps_is_not_believed() {
        let mut lossy = timeline(&[]);
        assert_eq!(placed(&mut lossy, &[0.0]), [(0, 0..320)]);
        lossy.lose();
        assert_eq!(placed(&mut lossy, &[0.04, 0.06]), [(320, 0..320), (0, 0..320)]);
        // Ten kilobytes are no hour.
        let mut short = Timeline::new(10_000, Vec::new(), false);
        let times = [0.0, 3600.0, 3600.02];
        assert_eq!(placed(&mut short, &times), [(0, 0..320), (0, 0..320), (0, 0..320)]);
    }

    #[test]
    fn another_stream_goes_on_where_the_last_one_ended() {
        let mut chained = timeline(&[]);
        placed(&mut chained, &[0.0, 0.02]);
        chained.restart();
        assert_eq!(placed(&mut chained, &[0.0, 0.52]), [(0, 0..320), (8_000, 0..320)]);
        assert!((chained.now() - 0.54).abs() < 1e-9);
    }

    #[test]
    fn only_what_the_edits_play_is_heard_and_at_their_times() {
        let times: Vec<f64> = (0..100).map(|n| f64::from(n) * 0.02).collect();
        for (edits, silence, heard) in [
            (vec![(0.0, f64::INFINITY, 0.0)], 0, 32_000),
            (vec![(0.51, 1.03, 0.0)], 0, 8_320),
            (vec![(0.0, f64::INFINITY, 0.5)], 8_000, 32_000),
            (vec![(0.1, 0.2, 0.0), (0.5, 0.6, 0.1)], 0, 3_200),
            (vec![(0.1, 0.2, 0.0), (0.5, 0.6, 1.1)], 16_000, 3_200),
            // Played in another order, and once more: each moment once.
            (vec![(0.5, 0.6, 0.0), (0.1, 0.2, 0.1), (0.1, 0.2, 0.2)], 0, 3_200),
            (vec![(5.0, 6.0, 0.0)], 0, 0),
        ] {
            let found = placed(&mut timeline(&edits), &times);
            let frames: usize = found.iter().map(|(_, frames)| frames.len()).sum();
            let silences: u64 = found.iter().map(|(silence, _)| silence).sum();
            assert_eq!((silences, frames), (silence, heard), "{edits:?}");
        }
        assert_eq!(timeline(&[(5.0, 9.0, 1.0)]).edited(), Some(5.0));
        assert_eq!(timeline(&[(0.0, f64::INFINITY, 0.0)]).edited(), None);
    }
}
