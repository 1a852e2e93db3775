//! How likely each frame of a recording is voice.

#[cfg(test)]
mod survey;

use earshot::Detector;
use watchme_core::rules::{SILENCE_RMS, level};

use super::FRAME;

/// Where sound that goes on is louder than this (root mean square, of full scale 1), it is made
/// this quiet before the detector hears it.
///
/// The detector tells voice from noise by level too: white noise at 0.2 is voice to it nearly all
/// the time, the same noise at 0.01 for an instant. Of 231 noises of 40 s (white, pink, brown and
/// swelling noise, hum, sine, square wave, fan and clicks, at 0.003 to 0.2), 67 held 2156 s of
/// speech as they were, and one holds half a second like this; of 42 that come and go, 20 held 270 s
/// and 15 hold 22 s. The price is speech in noise as loud as itself: in white and in pink noise 5 dB
/// below them 15 and 16 of the demo's 16 clips are found, but only 5 and 11 where it is as loud. At
/// 0.014 that is 9 and 13, and 21 s of noise that swells are speech (`voice/survey.rs`).
const BACKGROUND: f32 = 0.01;

/// What goes on is the level that this share of a block's frames stays below: 20 of 100. 30 takes
/// a long sentence for background, 10 swelling noise for speech.
const BACKGROUND_SHARE: (usize, usize) = (2, 10);

/// Voice activity detection, with the state that it keeps from frame to frame.
///
/// It hears a block once it knows the next. What is loud for one block alone does not go on: it may
/// be a sentence without a pause. Made quiet for its own level, that took noise behind it, which
/// rises with the gain, along as voice for up to a second.
pub(super) struct Voice {
    detector: Box<Detector>,
    gain: Option<f32>,
    /// What goes on in the block before the one that waits.
    background_before: Option<f32>,
    waiting: Option<Block>,
}

/// About a second.
struct Block {
    samples: Vec<f32>,
    is_silent: bool,
    /// The level that goes on in it.
    background: f32,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            detector: Detector::default_boxed(),
            gain: None,
            background_before: None,
            waiting: None,
        }
    }
}

impl Voice {
    /// Takes the next block, of this level. The end of a recording may cut it short. Tells how likely
    /// each frame of the block before is voice, 0 to 1.
    pub(super) fn push(&mut self, block: &[f32], level: f32) -> Vec<f32> {
        let block = Block {
            samples: block.to_vec(),
            is_silent: level < SILENCE_RMS,
            background: background(block),
        };
        let after = block.background;
        let waiting = self.waiting.replace(block);
        waiting.map(|block| self.hear(&block, Some(after))).unwrap_or_default()
    }

    /// The same of the last block.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        self.waiting.take().map(|block| self.hear(&block, None)).unwrap_or_default()
    }

    fn hear(&mut self, block: &Block, after: Option<f32>) -> Vec<f32> {
        let count = block.samples.len().div_ceil(FRAME);
        let background_before = self.background_before.replace(block.background);
        if block.is_silent {
            // Nobody speaks. It is left out, and what was before is forgotten.
            self.detector.reset();
            self.gain = None;
            return vec![0.0; count];
        }
        let wanted = gain(lasting(background_before, block.background, after));
        let gain_before = self.gain.replace(wanted).unwrap_or(wanted);
        let mut frame = [0.0; FRAME];
        let mut likelihoods = Vec::with_capacity(count);
        for (index, samples) in block.samples.chunks(FRAME).enumerate() {
            let gain = gain_at(gain_before, wanted, index + 1, count);
            frame.fill(0.0);
            for (into, sample) in frame.iter_mut().zip(samples) {
                *into = (sample * gain).clamp(-1.0, 1.0);
            }
            likelihoods.push(self.detector.predict_f32(&frame));
        }
        likelihoods
    }
}

/// The level that goes on in a block and in one beside it, where there is one.
fn lasting(before: Option<f32>, background: f32, after: Option<f32>) -> f32 {
    let beside = before.into_iter().chain(after).reduce(f32::max);
    beside.map_or(background, |beside| beside.min(background))
}

/// The level that goes on in a block.
fn background(block: &[f32]) -> f32 {
    let mut levels: Vec<f32> = block.chunks(FRAME).map(level).collect();
    let (share, of) = BACKGROUND_SHARE;
    let index = levels.len() * share / of;
    if index >= levels.len() {
        return 0.0;
    }
    *levels.select_nth_unstable_by(index, f32::total_cmp).1
}

/// What is multiplied by where so loud a background goes on.
fn gain(background: f32) -> f32 {
    if background > BACKGROUND { BACKGROUND / background } else { 1.0 }
}

/// The gain at a frame on the way from one block's to the next: down at once, since loud sound is
/// what the detector errs on, and up evenly, since a leap of the background sounds like an onset.
fn gain_at(before: f32, wanted: f32, frame: usize, of: usize) -> f32 {
    if wanted <= before {
        return wanted;
    }
    #[expect(clippy::cast_precision_loss, reason = "a block has 62 frames")]
    let way = frame as f32 / of as f32;
    before * (wanted / before).powf(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_background_is_made_quiet_and_a_quiet_one_left_as_it_is() {
        let gain_of = |block: &[f32]| gain(background(block));
        assert!((gain_of(&vec![0.2; 62 * FRAME]) - 0.05).abs() < 1e-6);
        assert!((gain_of(&vec![0.005; 62 * FRAME]) - 1.0).abs() < 1e-6);
        assert!((gain_of(&[0.5]) - 0.02).abs() < 1e-6);
        assert!((gain_of(&[]) - 1.0).abs() < 1e-6);
        // Speech over a quiet room: most of the block is loud, what goes on is not.
        let mut speech = vec![0.001; 62 * FRAME];
        speech[20 * FRAME..].fill(0.3);
        assert!((gain_of(&speech) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn background_is_what_goes_on_for_two_blocks() {
        let (quiet, loud) = (0.001, 0.2);
        for (before, block, after, expected) in [
            (Some(quiet), loud, Some(quiet), quiet),
            (Some(loud), loud, Some(quiet), loud),
            (Some(quiet), loud, Some(loud), loud),
            (Some(loud), quiet, Some(loud), quiet),
            (None, loud, Some(quiet), quiet),
            (Some(quiet), loud, None, quiet),
            (None, loud, None, loud),
        ] {
            let found = lasting(before, block, after);
            assert!((found - expected).abs() < 1e-6, "{before:?}, {block}, {after:?}");
        }
    }

    #[test]
    fn the_gain_falls_at_once_and_rises_evenly() {
        assert!((gain_at(1.0, 0.1, 1, 62) - 0.1).abs() < 1e-6);
        assert!((gain_at(0.01, 1.0, 31, 62) - 0.1).abs() < 1e-6);
        assert!((gain_at(0.01, 1.0, 62, 62) - 1.0).abs() < 1e-6);
    }
}
