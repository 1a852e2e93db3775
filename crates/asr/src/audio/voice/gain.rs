//! Automatic gain: brings a recording to one level before the detector hears it.
//!
//! The detector's network misses quiet speech: of recordings made 30 dB quieter it finds 63 % of what it
//! finds in the same ones as they are. Louder than they need be costs nothing, noise included. So the
//! loudest sound of the last half minute is brought to one level, and what a recorder's own gain was
//! does not matter.

use std::collections::VecDeque;

use watchme_core::rules::level;

use super::VAD_FRAME;

/// Level that the loudest VAD frame is brought to, in dB of full scale. Together with the next four this
/// lost 1.3 % of a day's speech and let 7 of 501 noises pass, against 2.2 % and 13 without gain.
const TARGET: f32 = -15.0;

/// Least and most gain, in dB. More would make the noise of converters loud: 16 bits end at -98 dB.
const LEAST: f32 = -20.0;
const MOST: f32 = 55.0;

/// VAD frames that are remembered: 30 s.
const MEMORY: usize = 938;

/// VAD frames that are looked ahead: a louder sound within 1 s counts as if it were there already, and one
/// in the second after that as if it were quieter by [`FALL`] for each frame.
const NEAR: usize = 31;
const AHEAD: usize = 2 * NEAR;

/// Most that the gain changes from one VAD frame to the next, in dB: down, before a loud sound comes,
/// and up, 3 dB/s, once it is forgotten.
const FALL: f32 = 1.0;
const RISE: f32 = 0.1;

/// Level that the loudest sound of half a minute must have to be heard at all, in dB: twice the last of
/// 16 bits. Speech that is 30 dB quieter than a whisper is still above it.
const AUDIBLE: f32 = -85.0;

/// Level of digital silence, in dB.
const FLOOR: f32 = -180.0;

/// Gain of a recording that goes by, one VAD frame after the other.
#[derive(Debug, Default)]
pub(super) struct AutomaticGain {
    /// Samples whose gain is not known yet.
    waiting: VecDeque<f32>,
    /// Levels in dB: of frames that are remembered, and of those that wait.
    levels: VecDeque<f32>,
    /// Those at the front of `levels` that are remembered only.
    passed: usize,
    /// Gain of the last frame, in dB.
    before: Option<f32>,
}

impl AutomaticGain {
    /// Takes the next samples, and gives each VAD frame whose gain is known by now to `take`, or `None`
    /// in place of one where nothing is audible.
    pub(super) fn push(&mut self, samples: &[f32], mut take: impl FnMut(Option<&[f32]>)) {
        self.waiting.extend(samples);
        let measured = self.levels.len() - self.passed;
        for frame in measured..self.waiting.len() / VAD_FRAME {
            self.measure(frame * VAD_FRAME..(frame + 1) * VAD_FRAME);
        }
        while self.levels.len() - self.passed > AHEAD {
            self.amplify(&mut take);
        }
    }

    /// Gives the remaining VAD frames to `take`; the last one may be cut short.
    pub(super) fn finish(&mut self, mut take: impl FnMut(Option<&[f32]>)) {
        let measured = (self.levels.len() - self.passed) * VAD_FRAME;
        if measured < self.waiting.len() {
            self.measure(measured..self.waiting.len());
        }
        while !self.waiting.is_empty() {
            self.amplify(&mut take);
        }
    }

    fn measure(&mut self, range: std::ops::Range<usize>) {
        let frame: Vec<f32> = self.waiting.range(range).copied().collect();
        self.levels.push_back((20.0 * level(&frame).log10()).max(FLOOR));
    }

    /// Gives the first frame that waits to `take`, amplified.
    fn amplify(&mut self, take: &mut impl FnMut(Option<&[f32]>)) {
        let loudest = self.loudest();
        let wanted = (TARGET - loudest).clamp(LEAST, MOST);
        let gain = self.before.map_or(wanted, |before| wanted.min(before + RISE));
        let before = amplitude(self.before.replace(gain).unwrap_or(gain));
        let change = amplitude(gain) - before;
        let count = VAD_FRAME.min(self.waiting.len());
        #[expect(clippy::cast_precision_loss, reason = "a frame has 512 samples")]
        let frame: Vec<f32> = (1..=count)
            .zip(self.waiting.drain(..count))
            .map(|(at, sample)| {
                let gain = before + change * (at as f32 / VAD_FRAME as f32);
                (sample * gain).clamp(-1.0, 1.0)
            })
            .collect();
        take((loudest >= AUDIBLE).then_some(&frame));
        self.passed += 1;
        if self.passed > MEMORY {
            self.levels.pop_front();
            self.passed -= 1;
        }
    }

    /// Level that decides on the gain of the first frame that waits, in dB.
    fn loudest(&self) -> f32 {
        let until = self.levels.len().min(self.passed + 1 + NEAR);
        let near = self.levels.range(..until).copied().fold(FLOOR, f32::max);
        let mut discount = 0.0;
        let far = self.levels.range(until..).map(|level| {
            discount += FALL;
            level - discount
        });
        far.fold(near, f32::max)
    }
}

fn amplitude(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of the amplified frames, in dB, of square waves of these amplitudes and lengths in frames.
    fn amplified(sounds: &[(f32, usize)], piece: usize) -> Vec<f32> {
        let samples: Vec<f32> = sounds
            .iter()
            .flat_map(|&(amplitude, frames)| {
                (0..frames * VAD_FRAME).map(
                    move |at| {
                        if at % 2 == 0 { amplitude } else { -amplitude }
                    },
                )
            })
            .collect();
        let (mut gain, mut levels) = (AutomaticGain::default(), Vec::new());
        let mut take = |frame: Option<&[f32]>| {
            levels.push(frame.map_or(FLOOR, |frame| 20.0 * level(frame).log10()));
        };
        for piece in samples.chunks(piece) {
            gain.push(piece, &mut take);
            assert!(gain.waiting.len() <= piece.len() + (AHEAD + 1) * VAD_FRAME);
            assert!(gain.levels.len() <= MEMORY + AHEAD + 1 + piece.len() / VAD_FRAME);
        }
        gain.finish(&mut take);
        assert_eq!(levels.len(), samples.len() / VAD_FRAME);
        levels
    }

    #[test]
    fn any_level_becomes_the_same() {
        for amplitude in [0.001, 0.01, 0.1, 0.9] {
            let levels = amplified(&[(amplitude, 200)], 15_872);
            assert!(levels.iter().all(|level| (level - TARGET).abs() < 0.01), "{amplitude}");
        }
    }

    #[test]
    fn faint_sound_is_amplified_so_far_and_none_is_inaudible() {
        for amplitude in [0.0, 0.000_05] {
            assert!(amplified(&[(amplitude, 50)], 1000).iter().all(|level| *level <= FLOOR));
        }
        let levels = amplified(&[(0.000_1, 50)], 1000);
        assert!(levels.iter().all(|level| (level - (MOST - 80.0)).abs() < 0.01));
    }

    #[test]
    fn the_gain_is_down_before_a_loud_sound_and_up_half_a_minute_after_it() {
        let (quiet, loud, later) = (200, 10, 1500);
        let levels = amplified(&[(0.003, quiet), (0.3, loud), (0.003, later)], 5000);
        let soft = 20.0 * 0.003_f32.log10();
        let gain = |frame: usize| levels[frame] - soft;
        assert!((gain(0) - (TARGET - soft)).abs() < 0.01);
        assert!(levels[quiet..quiet + loud].iter().all(|level| *level < TARGET + 0.1));
        assert!((gain(quiet + loud + MEMORY - 2) - gain(quiet + loud)).abs() < 0.01);
        assert!(gain(quiet + loud + MEMORY + 100) > gain(quiet + loud) + 9.0);
        let rise = levels[quiet + loud + 1..].windows(2).map(|pair| pair[1] - pair[0]);
        assert!(rise.fold(0.0, f32::max) <= RISE + 0.01);
    }

    #[test]
    fn pieces_of_any_length_give_the_same() {
        let sounds = [(0.01, 70), (0.2, 3), (0.05, 90)];
        assert_eq!(amplified(&sounds, 100), amplified(&sounds, 40_000));
    }
}
