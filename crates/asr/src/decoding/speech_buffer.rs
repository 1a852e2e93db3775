//! The speech of a recording on its way past the engine, which hears 30 s of it at a time.

use std::time::Duration;

use watchme_core::TranscribeError;

use super::decode::SHORTEST;
use super::frames::{CHUNK, HOP, frames, padded};
use super::model::Loaded;
use crate::audio::Window;

/// Frames that are kept of what was heard: the first two of a spectrum know what was before them.
const KEPT: usize = 2;

/// What is to be heard, as far as it is known, and how far it is heard.
///
/// Each pass sees 30 s from where the one before it has ended, so that no sentence is cut but by the
/// model itself, and none is heard without what comes after it. At most those 30 s and one more piece
/// are in memory.
#[derive(Debug, Default)]
pub(crate) struct Reel {
    speech: Window,
    /// Frames of it that are heard.
    from: usize,
    /// Nothing comes behind it.
    is_whole: bool,
    /// The model has its spectrum.
    is_listened_to: bool,
}

impl Reel {
    /// A piece of speech that is heard by itself.
    pub(crate) fn of(speech: Window) -> Self {
        Self { speech, is_whole: true, ..Self::default() }
    }

    /// Adds the next piece of speech, and lets go of what is heard.
    pub(crate) fn append(&mut self, speech: Window) {
        let heard = self.from.saturating_sub(KEPT);
        self.speech.drop_front(heard * HOP);
        self.from -= heard;
        self.speech.append(speech);
        self.is_listened_to = false;
    }

    /// Nothing comes any more.
    pub(crate) fn end(&mut self) {
        self.is_whole = true;
    }

    /// Whether there is enough for a pass, or all there will be.
    pub(crate) fn is_ready(&self) -> bool {
        let left = self.left();
        left >= CHUNK || (self.is_whole && left > SHORTEST)
    }

    /// Whether all is heard that is known.
    pub(crate) fn is_heard(&self) -> bool {
        self.left() <= SHORTEST
    }

    pub(crate) fn speech(&self) -> &Window {
        &self.speech
    }

    /// Frames of [`Reel::speech`] before the next pass.
    pub(crate) fn from(&self) -> usize {
        self.from
    }

    /// Frames from there to the end.
    pub(crate) fn left(&self) -> usize {
        match self.speech.samples.len() {
            0 => 0,
            samples => frames(samples.max(padded(&[]).len())).saturating_sub(self.from),
        }
    }

    /// Where the next pass begins in the recording.
    pub(crate) fn start(&self) -> Duration {
        self.speech.start_of(self.from * HOP)
    }

    /// Where what is heard ends in the recording.
    pub(crate) fn heard(&self) -> Duration {
        self.speech.end_of(self.from * HOP)
    }

    /// Encodes what comes next.
    pub(crate) fn encode(&mut self, model: &mut Loaded) -> Result<(), TranscribeError> {
        if !self.is_listened_to {
            model.listen(&padded(&self.speech.samples))?;
            self.is_listened_to = true;
        }
        model.encode(self.from)
    }

    /// So many frames more are heard.
    pub(crate) fn advance(&mut self, frames: usize) {
        self.from += frames;
    }

    /// It is heard up to this time of the recording. False, with nothing done, where no pass that began
    /// here could have ended there.
    pub(crate) fn advance_to(&mut self, heard: Duration) -> bool {
        let Some(samples) = self.speech.sample_at_end(heard) else { return false };
        // The last pass ends with the last sample, which fills no frame.
        let frames = samples.div_ceil(HOP);
        let is_further = frames > self.from;
        if is_further {
            self.from = frames;
        }
        is_further
    }
}
