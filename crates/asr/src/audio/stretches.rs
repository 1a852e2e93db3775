//! Finds stretches of speech in the probabilities of VAD frames.

use std::ops::Range;

/// Probability from which a frame begins a stretch, and from which one continues it. Low, since both
/// only say how far speech reaches: at Silero's own 0.5 and 0.35 a tenth of what is said far from the
/// recorder is cut off, at these a twentieth.
const BEGIN: f32 = 0.35;
const CONTINUE: f32 = 0.15;

/// Probability from which a frame is voice, Silero's threshold, and the number of such frames that make
/// a stretch speech: 128 ms. Of 501 household noises 34 have any such frame, 7 have as many; the
/// shortest はい has more.
const VOICE: f32 = 0.5;
const MIN_VOICE: u32 = 4;

/// Probability that one frame of speech has at least. Crying and sneezes often stay below it, a word in
/// loud noise seldom: on a day of household noise it costs 4 of 2477 characters, and a fifth of the time.
const CLEAR_VOICE: f32 = 0.85;

/// Longest continuation of a stretch without a frame of [`VOICE`], in VAD frames: 2 s, longer than a
/// faint phrase and short enough for noise to cost little.
const MAX_FAINT: u64 = 62;

/// VAD frames without speech that end a stretch: 512 ms, the pause between two sentences.
const MIN_PAUSE: u64 = 16;

/// VAD frames that are kept before and after speech: 416 ms, some 400 ms as in faster-whisper. No
/// syllable is cut, there is a pause between two sentences of a window, and no window is much shorter
/// than a second, for which Whisper invents text.
const PADDING: u64 = 13;

/// Longest pause that is kept whole, in VAD frames: 2 s, as in faster-whisper. Whisper transcribes a
/// conversation better with its own pauses than with shorter ones.
const KEPT_PAUSE: u64 = 62;

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

/// A stretch that has not ended yet.
#[derive(Debug)]
struct Open {
    start: u64,
    /// Frame after the last that belongs to it.
    end: u64,
    last_voice: u64,
    voice: u32,
    has_clear_voice: bool,
    is_speech: bool,
}

impl Stretches {
    /// Takes the next frame. The pieces that it settles are appended to `pieces`, in order.
    pub(super) fn push(&mut self, probability: f32, pieces: &mut Vec<Piece>) {
        let frame = self.seen;
        self.seen += 1;
        let Some(open) = &mut self.open else {
            if probability >= BEGIN {
                self.open = Some(Open::at(frame, probability));
            }
            return;
        };
        open.take(frame, probability);
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
    fn at(frame: u64, probability: f32) -> Self {
        let voice = u32::from(probability >= VOICE);
        Self {
            start: frame,
            end: frame + 1,
            last_voice: frame,
            voice,
            has_clear_voice: probability >= CLEAR_VOICE,
            is_speech: false,
        }
    }

    fn take(&mut self, frame: u64, probability: f32) {
        self.has_clear_voice |= probability >= CLEAR_VOICE;
        if probability >= VOICE {
            self.voice += 1;
            self.last_voice = frame;
        } else if probability < CONTINUE || frame - self.last_voice > MAX_FAINT {
            return;
        }
        self.end = frame + 1;
        self.is_speech |= self.voice >= MIN_VOICE && self.has_clear_voice;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first frame, and the one after the last.
    type Found = (u64, u64);

    /// The voice and the padded stretches of a row of (probability, frames).
    fn found(row: &[(f32, usize)]) -> (Vec<Found>, Vec<Found>) {
        let mut stretches = Stretches::default();
        let (mut pieces, mut settled) = (Vec::new(), 0);
        for probability in
            row.iter().flat_map(|&(probability, n)| std::iter::repeat_n(probability, n))
        {
            let before = pieces.len();
            stretches.push(probability, &mut pieces);
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
        let cases: [Case<'_>; 17] = [
            (&[(0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.9, 50), (0.0, 100)], &[(100, 150)], &[(87, 163)]),
            // At the start and at the end there is nothing to pad with.
            (&[(0.9, 50), (0.0, 10)], &[(0, 50)], &[(0, 60)]),
            (&[(0.0, 10), (0.9, 50)], &[(10, 60)], &[(0, 60)]),
            // Too short, or too unlikely, for speech.
            (&[(0.0, 100), (0.9, 3), (0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.49, 500), (0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.9, 3), (0.3, 600)], &[], &[]),
            // Voice, but never clear.
            (&[(0.0, 100), (0.84, 50), (0.0, 100)], &[], &[]),
            (&[(0.0, 100), (0.6, 50), (0.85, 1), (0.0, 100)], &[(100, 151)], &[(87, 164)]),
            // Four frames of voice, not in a row, make all around them speech.
            (
                &[(0.0, 50), (0.4, 10), (0.5, 2), (0.2, 9), (0.9, 2), (0.2, 5), (0.1, 50)],
                &[(50, 78)],
                &[(37, 91)],
            ),
            // Faint frames belong to the speech before them, but not for ever.
            (&[(0.0, 100), (0.9, 12), (0.2, 20), (0.0, 100)], &[(100, 132)], &[(87, 145)]),
            (&[(0.0, 100), (0.9, 12), (0.2, 600)], &[(100, 174)], &[(87, 187)]),
            // A short pause is part of it, a longer one splits it; padding may fill that.
            (&[(0.9, 50), (0.0, 15), (0.9, 50), (0.0, 90)], &[(0, 115)], &[(0, 128)]),
            (&[(0.9, 50), (0.0, 20), (0.9, 50), (0.0, 90)], &[(0, 50), (70, 120)], &[(0, 133)]),
            // A pause is kept whole up to 2 s, also with noise in it, and shortened where it is longer.
            (&[(0.9, 50), (0.0, 62), (0.9, 50), (0.0, 90)], &[(0, 50), (112, 162)], &[(0, 175)]),
            (
                &[(0.9, 50), (0.0, 30), (0.9, 2), (0.0, 30), (0.9, 50), (0.0, 90)],
                &[(0, 50), (112, 162)],
                &[(0, 175)],
            ),
            (
                &[(0.9, 50), (0.0, 63), (0.9, 50), (0.0, 90)],
                &[(0, 50), (113, 163)],
                &[(0, 63), (100, 176)],
            ),
        ];
        for (row, voice, padded) in cases {
            assert_eq!(found(row), (voice.to_vec(), padded.to_vec()), "{row:?}");
        }
    }
}
