//! Voice activity detection: the likelihood that each VAD frame of a recording is voice.
//!
//! The constants here are tuned to the detector and change with it.

use earshot::Detector;
use watchme_core::rules::{SILENCE_RMS, level};

/// Samples of a VAD frame: 16 ms, the length that the detector takes.
pub(super) const VAD_FRAME: usize = 256;

/// Level (root mean square, full scale 1) to which a louder background is attenuated before the
/// detector gets it.
///
/// The detector goes by level too: it takes white noise at 0.2 for voice nearly all the time, the same
/// noise at 0.01 for an instant. In 231 noises of 40 s (white, pink, brown and swelling noise, hum,
/// sine, square wave, fan and clicks, at 0.003 to 0.2) it found 2156 s of speech in 67 as they were, and
/// half a second in one with this; in 42 that come and go, 270 s in 20 and 22 s in 15. The price is
/// speech in noise as loud as itself: in white and in pink noise 5 dB below them 15 and 16 of the
/// demo's 16 clips are found, but only 5 and 11 where it is as loud. At 0.014 that is 9 and 13, and 21 s
/// of swelling noise pass for speech (`voice/tests/survey.rs`).
const BACKGROUND: f32 = 0.01;

/// Share of a chunk's VAD frames that are no louder than its background: 20 of 100. 30 takes a long
/// sentence for background, 10 swelling noise for speech.
const BACKGROUND_SHARE: (usize, usize) = (2, 10);

/// Detector of voice, with the state that it keeps from frame to frame.
///
/// A chunk is judged once the next is known. Sound that is loud for one chunk alone is no background:
/// it may be a sentence without a pause. Attenuated by its own level, it let the noise after it pass as
/// voice while the gain recovered, for up to 1 s.
pub(super) struct Voice {
    detector: Box<Detector>,
    gain: Option<f32>,
    /// Background of the chunk before the one that waits.
    background_before: Option<f32>,
    waiting: Option<Waiting>,
}

/// A chunk that waits for the next one.
struct Waiting {
    samples: Vec<f32>,
    is_silent: bool,
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
    /// Takes the next chunk, of this level; the end of a recording may cut it short. Returns the
    /// likelihood of voice in each VAD frame of the chunk before, 0 to 1.
    pub(super) fn push(&mut self, chunk: &[f32], level: f32) -> Vec<f32> {
        let background = background(chunk);
        let is_silent = level < SILENCE_RMS;
        let next = Waiting { samples: chunk.to_vec(), is_silent, background };
        let waiting = self.waiting.replace(next);
        waiting.map(|chunk| self.judge(&chunk, Some(background))).unwrap_or_default()
    }

    /// Returns the likelihoods of the last chunk.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        self.waiting.take().map(|chunk| self.judge(&chunk, None)).unwrap_or_default()
    }

    fn judge(&mut self, chunk: &Waiting, after: Option<f32>) -> Vec<f32> {
        let count = chunk.samples.len().div_ceil(VAD_FRAME);
        let background_before = self.background_before.replace(chunk.background);
        if chunk.is_silent {
            // Nobody speaks: the chunk is left out and the detector starts afresh.
            self.detector.reset();
            self.gain = None;
            return vec![0.0; count];
        }
        let wanted = gain_for(lasting(background_before, chunk.background, after));
        let gain_before = self.gain.replace(wanted).unwrap_or(wanted);
        let mut frame = [0.0; VAD_FRAME];
        let mut likelihoods = Vec::with_capacity(count);
        for (index, samples) in chunk.samples.chunks(VAD_FRAME).enumerate() {
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

/// Background that lasts for two chunks: this one and one beside it, where there is one.
fn lasting(before: Option<f32>, background: f32, after: Option<f32>) -> f32 {
    let beside = before.into_iter().chain(after).reduce(f32::max);
    beside.map_or(background, |beside| beside.min(background))
}

/// Background of a chunk: the level of its quiet VAD frames.
fn background(chunk: &[f32]) -> f32 {
    let mut levels: Vec<f32> = chunk.chunks(VAD_FRAME).map(level).collect();
    let (share, of) = BACKGROUND_SHARE;
    let index = levels.len() * share / of;
    if index >= levels.len() {
        return 0.0;
    }
    *levels.select_nth_unstable_by(index, f32::total_cmp).1
}

/// Gain that brings a background down to [`BACKGROUND`].
fn gain_for(background: f32) -> f32 {
    if background > BACKGROUND { BACKGROUND / background } else { 1.0 }
}

/// Gain at a frame on the way from one chunk's to the next: down at once, since the detector errs on
/// loud sound, and up evenly, since a leap of the background sounds like an onset.
fn gain_at(before: f32, wanted: f32, frame: usize, of: usize) -> f32 {
    if wanted <= before {
        return wanted;
    }
    #[expect(clippy::cast_precision_loss, reason = "a chunk has 62 frames")]
    let way = frame as f32 / of as f32;
    before * (wanted / before).powf(way)
}

#[cfg(test)]
mod tests;
