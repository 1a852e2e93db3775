//! How likely each frame of a recording is voice.

use earshot::Detector;
use watchme_core::rules::level;

use super::FRAME;

/// Where sound that goes on is louder than this (root mean square, of full scale 1), it is made
/// this quiet before the detector hears it.
///
/// The detector tells voice from noise by level too: white noise at 0.2 is voice to it nearly all
/// the time, the same noise at 0.01 for an instant. Of 180 noises of 40 s (white, pink, brown and
/// swelling noise, hum, sine, square wave, fan and clicks, at 0.003 to 0.2), 45 held 1371 s of
/// speech as they were, and none holds any like this. The price is speech in noise as loud as
/// itself: all 16 clips of the demo are found in white and in pink noise 5 dB below them, but only
/// 5 and 10 where it is as loud. At 0.014 that is 10 and 13, and 2 of the noises are speech.
const BACKGROUND: f32 = 0.01;

/// What goes on is the level that this share of a block's frames stays below: 30 of 100. The
/// median takes speech for background and finds 12 of 16 clips in white noise 5 dB below them.
const BACKGROUND_SHARE: (usize, usize) = (3, 10);

/// Voice activity detection, with the state that it keeps from frame to frame.
pub(super) struct Voice {
    detector: Box<Detector>,
    gain: Option<f32>,
}

impl Default for Voice {
    fn default() -> Self {
        Self { detector: Detector::default_boxed(), gain: None }
    }
}

impl Voice {
    /// How likely each frame of the next block is voice, 0 to 1. The end of a recording may cut the
    /// last one short.
    pub(super) fn likelihoods(&mut self, block: &[f32]) -> Vec<f32> {
        let wanted = gain_of(block);
        let before = self.gain.replace(wanted).unwrap_or(wanted);
        let mut frame = [0.0; FRAME];
        let count = block.len().div_ceil(FRAME);
        let mut likelihoods = Vec::with_capacity(count);
        for (index, samples) in block.chunks(FRAME).enumerate() {
            let gain = gain_at(before, wanted, index + 1, count);
            frame.fill(0.0);
            for (into, sample) in frame.iter_mut().zip(samples) {
                *into = (sample * gain).clamp(-1.0, 1.0);
            }
            likelihoods.push(self.detector.predict_f32(&frame));
        }
        likelihoods
    }

    /// Forgets what was before: a silent block was left out.
    pub(super) fn skip(&mut self) {
        self.detector.reset();
        self.gain = None;
    }
}

/// What the samples of a block are multiplied by.
fn gain_of(block: &[f32]) -> f32 {
    let mut levels: Vec<f32> = block.chunks(FRAME).map(level).collect();
    let (share, of) = BACKGROUND_SHARE;
    let index = levels.len() * share / of;
    if index >= levels.len() {
        return 1.0;
    }
    let (_, background, _) = levels.select_nth_unstable_by(index, f32::total_cmp);
    if *background > BACKGROUND { BACKGROUND / *background } else { 1.0 }
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
    fn the_gain_falls_at_once_and_rises_evenly() {
        assert!((gain_at(1.0, 0.1, 1, 62) - 0.1).abs() < 1e-6);
        assert!((gain_at(0.01, 1.0, 31, 62) - 0.1).abs() < 1e-6);
        assert!((gain_at(0.01, 1.0, 62, 62) - 1.0).abs() < 1e-6);
    }
}
