//! The speech of a recording that is not decoded yet, up to 30 s of which are decoded at a time.

use std::time::Duration;

use watchme_core::TranscribeError;

use super::decode::MIN_FRAMES;
use super::frames::{ENCODER_FRAMES, HOP_LENGTH, frame_count, pad};
use super::model::Model;
use crate::audio::Window;

/// Decoded frames that are kept: the first two of a spectrogram depend on the samples before them.
const KEPT_FRAMES: usize = 2;

/// Speech that waits to be decoded, and the place from which the next pass takes it.
///
/// Each pass takes 30 s from where the one before it has ended, so that only the model itself cuts
/// sentences, and no speech is decoded without what comes after it. At most those 30 s and one more
/// window are in memory.
#[derive(Debug, Default)]
pub(crate) struct SpeechBuffer {
    speech: Window,
    /// Frames of it that are decoded. `seek` of openai-whisper.
    seek: usize,
    /// True if no more speech comes.
    is_complete: bool,
    /// True if the model has the spectrogram of this speech.
    is_audio_set: bool,
}

impl SpeechBuffer {
    /// Adds the next window of speech, and drops what is decoded.
    pub(crate) fn append(&mut self, speech: Window) {
        let decoded = self.seek.saturating_sub(KEPT_FRAMES);
        self.speech.drop_front(decoded * HOP_LENGTH);
        self.seek -= decoded;
        self.speech.append(speech);
        self.is_audio_set = false;
    }

    /// Marks the end of the speech, after which a pass may be shorter than 30 s.
    pub(crate) fn finish(&mut self) {
        self.is_complete = true;
    }

    /// True if there is enough speech for a pass, or all there will be.
    pub(crate) fn is_ready(&self) -> bool {
        let left = self.frames_left();
        left >= ENCODER_FRAMES || (self.is_complete && left > MIN_FRAMES)
    }

    /// True if all speech so far is decoded.
    pub(crate) fn is_decoded(&self) -> bool {
        self.frames_left() <= MIN_FRAMES
    }

    pub(crate) fn speech(&self) -> &Window {
        &self.speech
    }

    /// Frames of [`SpeechBuffer::speech`] before the next pass.
    pub(crate) fn seek(&self) -> usize {
        self.seek
    }

    /// Frames from the start of the next pass to the end of the speech.
    pub(super) fn frames_left(&self) -> usize {
        match self.speech.samples.len() {
            0 => 0,
            samples => frame_count(samples).saturating_sub(self.seek),
        }
    }

    /// Start of the next pass, from the start of the recording.
    pub(crate) fn next_start(&self) -> Duration {
        self.speech.start_of(self.seek * HOP_LENGTH)
    }

    /// End of the last pass, from the start of the recording.
    pub(crate) fn decoded_until(&self) -> Duration {
        self.speech.end_of(self.seek * HOP_LENGTH)
    }

    /// Encodes at least `frames` frames from the start of the next pass on, and returns how many.
    pub(super) fn encode(
        &mut self,
        model: &mut Model,
        frames: usize,
    ) -> Result<usize, TranscribeError> {
        if !self.is_audio_set {
            model.set_audio(&pad(&self.speech.samples))?;
            self.is_audio_set = true;
        }
        model.encode(self.seek, frames)
    }

    /// Moves the start of the next pass by this many frames.
    pub(crate) fn advance(&mut self, frames: usize) {
        self.seek += frames;
    }

    /// Moves the start of the next pass to where a pass ended that was decoded in an earlier run.
    /// Returns false, and moves nothing, if no pass from here could have ended there.
    pub(crate) fn advance_to(&mut self, decoded_until: Duration) -> bool {
        let Some(samples) = self.speech.sample_at_end(decoded_until) else { return false };
        // The last pass ends with the last sample, which fills no frame.
        let frames = samples.div_ceil(HOP_LENGTH);
        let is_further = frames > self.seek;
        if is_further {
            self.seek = frames;
        }
        is_further
    }
}
