//! A recording as the windows that the engine is to hear.

use std::path::Path;
use std::time::{Duration, Instant};

use watchme_core::rules::level;
use watchme_core::{Sound, TranscribeError};

use super::doubt::Doubt;
use super::packer::Packer;
use super::stretches::{Piece, Stretches};
use super::voice::Voice;
use super::window::Window;
use super::{AudioStream, Chunk, FRAME, duration_of, samples_of};

/// How far a recording without speech goes by between two reports: about a window.
const REPORT_EVERY: Duration = Duration::from_secs(28);

/// The speech of one recording, found while it is decoded.
///
/// Seconds below the level gate are left out unheard, and of the others voice activity detection
/// tells which are speech. Where it finds none in the whole recording although that is loud, the
/// loudest window is given at the end, as a doubt. Memory does not grow with the recording.
pub(crate) struct Windows {
    stream: AudioStream,
    voice: Voice,
    stretches: Stretches,
    packer: Packer,
    /// While no voice was found.
    doubt: Option<Doubt>,
    is_over: bool,
    reported: Duration,
    summary: Summary,
}

/// What comes next of a recording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// This is to be heard.
    Window(Window),
    /// There is nothing to hear up to here, beside the windows before.
    Passed(Duration),
}

/// What is known of a recording, or of what has gone by of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Summary {
    /// How long it is.
    pub(crate) audio: Duration,
    pub(crate) sound: Sound,
    /// What decoding it and bringing it to 16 kHz took.
    pub(crate) decoding: Duration,
    /// What finding its speech took.
    pub(crate) finding: Duration,
}

impl Windows {
    /// Opens the recording at `path`. Errors are those of [`AudioStream::open`].
    pub(crate) fn open(path: &Path) -> Result<Self, TranscribeError> {
        Ok(Self {
            stream: AudioStream::open(path)?,
            voice: Voice::default(),
            stretches: Stretches::default(),
            packer: Packer::default(),
            doubt: Some(Doubt::default()),
            is_over: false,
            reported: Duration::ZERO,
            summary: Summary::default(),
        })
    }

    /// How long the recording is by its own header. See [`AudioStream::total`].
    pub(crate) fn total(&self) -> Option<Duration> {
        self.stream.total()
    }

    /// Decodes on to the next step, or to the next block, which is about a second: `Ok(None)`
    /// where there is none yet. Errors are those of [`AudioStream::next_chunk`].
    pub(crate) fn advance(&mut self) -> Result<Option<Step>, TranscribeError> {
        if let Some(step) = self.ready() {
            return Ok(Some(step));
        }
        if self.is_over {
            return Ok(None);
        }
        let started = Instant::now();
        let chunk = self.stream.next_chunk()?;
        self.summary.decoding += started.elapsed();
        let started = Instant::now();
        match chunk {
            Some(chunk) => self.take(&chunk),
            None => self.finish(),
        }
        self.summary.finding += started.elapsed();
        Ok(self.ready())
    }

    /// Whether all steps were given.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What is known so far.
    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }

    fn ready(&mut self) -> Option<Step> {
        if let Some(window) = self.packer.next_window() {
            self.reported = self.reported.max(window.end());
            return Some(Step::Window(window));
        }
        let done = duration_of(self.packer.done());
        (done >= self.reported + REPORT_EVERY).then(|| {
            self.reported = done;
            Step::Passed(done)
        })
    }

    fn take(&mut self, chunk: &Chunk) {
        let start = samples_of(self.summary.audio);
        self.summary.audio = chunk.end();
        let sound = &mut self.summary.sound;
        let block = chunk.samples.as_slice();
        let level = level(block);
        sound.peak = block.iter().fold(sound.peak, |peak, sample| peak.max(sample.abs()));
        sound.loudest_second = sound.loudest_second.max(level);
        if let Some(doubt) = &mut self.doubt {
            doubt.push(start, block, level);
        }
        self.packer.push(block);
        let likelihoods = self.voice.push(block, level);
        let pieces = self.pieces(&likelihoods);
        self.pack(&pieces);
        self.packer.settle(self.stretches.settled() * FRAME as u64);
    }

    fn finish(&mut self) {
        self.is_over = true;
        let likelihoods = self.voice.finish();
        let mut pieces = self.pieces(&likelihoods);
        self.stretches.finish(&mut pieces);
        self.pack(&pieces);
        self.packer.settle(samples_of(self.summary.audio));
        self.packer.finish();
        if let Some(window) = self.doubt.take().and_then(Doubt::finish) {
            self.summary.sound.doubted = window.length();
            self.packer.give(window);
        }
    }

    /// What is settled by the next frames.
    fn pieces(&mut self, likelihoods: &[f32]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for &likelihood in likelihoods {
            self.stretches.push(likelihood, &mut pieces);
        }
        pieces
    }

    fn pack(&mut self, pieces: &[Piece]) {
        let recorded = samples_of(self.summary.audio);
        for piece in pieces {
            // The end of the recording may cut its last frame short.
            let start = piece.frames.start * FRAME as u64;
            let end = (piece.frames.end * FRAME as u64).min(recorded);
            if piece.is_voice {
                self.doubt = None;
                self.summary.sound.voiced += duration_of(end - start);
            }
            self.packer.add(start..end, piece.is_voice);
        }
    }
}

#[cfg(test)]
mod tests;
