//! Finds stretches of speech in the likelihoods of VAD frames.

use std::ops::Range;

/// Likelihood from which a frame is voice and begins a stretch: the threshold of Silero and of
/// everybody who uses it. 0.6 misses 2 clips of 16 in white noise 5 dB below them; noise exceeds 0.5
/// only for an instant, at its onset.
const VOICE: f32 = 0.5;

/// Likelihood from which a frame continues a stretch: Silero's 0.15 below the threshold. Steady noise
/// is seldom above 0.35.
const FAINT: f32 = 0.35;

/// Longest continuation of a stretch without a frame of [`VOICE`], in VAD frames: 1 s, longer than a
/// faint syllable and short enough for noise to cost little.
const MAX_FAINT: u64 = 62;

/// VAD frames of [`VOICE`] that make a stretch speech: 192 ms. The onset of white noise has up to 9, of
/// noise that swells four times a second up to 10; a sentence has more than 30.
const MIN_VOICE: u32 = 12;

/// Shortest speech, in VAD frames: 256 ms, Silero's 250 ms.
const MIN_SPEECH: u64 = 16;

/// VAD frames without speech that end a stretch: 496 ms, the pause between two sentences.
const MIN_PAUSE: u64 = 31;

/// VAD frames that are kept before and after speech: 400 ms, as in faster-whisper. No syllable is cut,
/// there is a pause between two sentences of a window, and no window is shorter than a second, for
/// which Whisper invents text.
const PADDING: u64 = 25;

/// Longest pause that is kept whole, in VAD frames: 2 s, as in faster-whisper. Whisper transcribes a
/// conversation better with its own pauses than with shorter ones.
const KEPT_PAUSE: u64 = 125;

/// A row of VAD frames that the engine gets, counted from the start of the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) frames: Range<u64>,
    /// True for speech, false for the padding around it.
    pub(super) is_voice: bool,
}

/// State of the search through one recording, in VAD frames from its start.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    seen: u64,
    /// End of the pieces that were given.
    given: u64,
    /// End of the last speech.
    spoken: Option<u64>,
    open: Option<Open>,
}

/// A stretch that may still go on.
#[derive(Debug)]
struct Open {
    start: u64,
    /// Frame behind the last that belongs to it.
    end: u64,
    last_voice: u64,
    voice: u32,
    is_speech: bool,
}

impl Stretches {
    /// Takes the next frame. The pieces that it settles are appended to `pieces`, in order.
    pub(super) fn push(&mut self, likelihood: f32, pieces: &mut Vec<Piece>) {
        let frame = self.seen;
        self.seen += 1;
        let Some(open) = &mut self.open else {
            if likelihood >= VOICE {
                self.open = Some(Open::at(frame));
            }
            return;
        };
        open.take(frame, likelihood);
        if frame + 1 - open.end >= MIN_PAUSE {
            self.close(pieces);
        } else if open.is_speech {
            self.give_speech(pieces);
        } else if frame - open.start > MAX_FAINT {
            // It never becomes speech, and must not hold back what comes after.
            self.open = None;
        }
    }

    /// Closes the last stretch, after the last frame.
    pub(super) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        self.close(pieces);
    }

    /// Frame before which all have been given or never will be.
    pub(super) fn settled(&self) -> u64 {
        match &self.open {
            Some(open) if open.is_speech => self.given,
            Some(open) => self.pause_start(open.start),
            None => self.pause_start(self.seen),
        }
    }

    /// First frame that is kept of a pause that ends at `end`.
    fn pause_start(&self, end: u64) -> u64 {
        match self.spoken {
            Some(spoken) if end - spoken <= KEPT_PAUSE => self.given,
            _ => self.given.max(end.saturating_sub(PADDING)),
        }
    }

    fn give_speech(&mut self, pieces: &mut Vec<Piece>) {
        let Some(open) = &self.open else { return };
        if self.given < open.start {
            let pause = self.pause_start(open.start)..open.start;
            pieces.push(Piece { frames: pause, is_voice: false });
            self.given = open.start;
        }
        if self.given < open.end {
            pieces.push(Piece { frames: self.given..open.end, is_voice: true });
            self.given = open.end;
        }
    }

    fn close(&mut self, pieces: &mut Vec<Piece>) {
        if self.open.as_ref().is_some_and(|open| open.is_speech) {
            self.give_speech(pieces);
            self.spoken = Some(self.given);
            let end = (self.given + PADDING).min(self.seen);
            pieces.push(Piece { frames: self.given..end, is_voice: false });
            self.given = end;
        }
        self.open = None;
    }
}

impl Open {
    fn at(frame: u64) -> Self {
        Self { start: frame, end: frame + 1, last_voice: frame, voice: 1, is_speech: false }
    }

    fn take(&mut self, frame: u64, likelihood: f32) {
        if likelihood >= VOICE {
            self.voice += 1;
            self.last_voice = frame;
        } else if likelihood < FAINT || frame - self.last_voice > MAX_FAINT {
            return;
        }
        self.end = frame + 1;
        self.is_speech |= self.voice >= MIN_VOICE && self.end - self.start >= MIN_SPEECH;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first frame, and the one behind the last.
    type Found = (u64, u64);

    /// The voice and the padded stretches of a row of (likelihood, frames).
    fn found(row: &[(f32, usize)]) -> (Vec<Found>, Vec<Found>) {
        let mut stretches = Stretches::default();
        let (mut pieces, mut settled) = (Vec::new(), 0);
        for likelihood in row.iter().flat_map(|&(likelihood, n)| std::iter::repeat_n(likelihood, n))
        {
            let before = pieces.len();
            stretches.push(likelihood, &mut pieces);
            let given = |piece: &Piece| (settled..=stretches.seen).contains(&piece.frames.start);
            assert!(pieces[before..].iter().all(given), "a settled frame is given later");
            assert!(settled <= stretches.settled());
            settled = stretches.settled();
            assert!(
                stretches.seen - settled <= MAX_FAINT + KEPT_PAUSE + 1,
                "too much is held back"
            );
        }
        stretches.finish(&mut pieces);
        let voice = pieces.iter().filter(|piece| piece.is_voice);
        (
            joined(voice.map(|it| it.frames.clone())),
            joined(pieces.iter().map(|it| it.frames.clone())),
        )
    }

    fn joined(ranges: impl Iterator<Item = Range<u64>>) -> Vec<Found> {
        let mut joined: Vec<Found> = Vec::new();
        for range in ranges.filter(|range| !range.is_empty()) {
            match joined.last_mut() {
                Some((_, end)) if *end == range.start => *end = range.end,
                _ => joined.push((range.start, range.end)),
            }
        }
        joined
    }

    #[test]
    fn a_stretch_is_padded_and_so_long() {
        type Case<'a> = (&'a [(f32, usize)], &'a [Found], &'a [Found]);
        let cases: [Case<'_>; 14] = [
            (&[(0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.9, 50), (0.0, 100)], &[(100, 150)], &[(75, 175)]),
            // At the start and at the end there is nothing to pad with.
            (&[(0.9, 50), (0.0, 10)], &[(0, 50)], &[(0, 60)]),
            (&[(0.0, 10), (0.9, 50)], &[(10, 60)], &[(0, 60)]),
            // Too short, or too unlikely, for speech.
            (&[(0.0, 100), (0.9, 15), (0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.49, 500), (0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.9, 11), (0.4, 600)], &[], &[]),
            // Faint frames belong to the speech before them, but not for ever.
            (&[(0.0, 100), (0.9, 12), (0.4, 20), (0.0, 100)], &[(100, 132)], &[(75, 157)]),
            (&[(0.0, 100), (0.9, 12), (0.4, 600)], &[(100, 174)], &[(75, 199)]),
            // A short pause is part of it, a longer one splits it; padding may fill that.
            (&[(0.9, 50), (0.0, 30), (0.9, 50), (0.0, 90)], &[(0, 130)], &[(0, 155)]),
            (&[(0.9, 50), (0.0, 40), (0.9, 50), (0.0, 90)], &[(0, 50), (90, 140)], &[(0, 165)]),
            // A pause is kept whole up to 2 s, also with noise in it, and shortened where it is longer.
            (&[(0.9, 50), (0.0, 125), (0.9, 50), (0.0, 90)], &[(0, 50), (175, 225)], &[(0, 250)]),
            (
                &[(0.9, 50), (0.0, 50), (0.9, 5), (0.0, 70), (0.9, 50), (0.0, 90)],
                &[(0, 50), (175, 225)],
                &[(0, 250)],
            ),
            (
                &[(0.9, 50), (0.0, 126), (0.9, 50), (0.0, 90)],
                &[(0, 50), (176, 226)],
                &[(0, 75), (151, 251)],
            ),
        ];
        for (row, voice, padded) in cases {
            assert_eq!(found(row), (voice.to_vec(), padded.to_vec()), "{row:?}");
        }
    }
}
