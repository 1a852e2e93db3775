//! Splits a recording into the windows that the engine decodes.

use std::path::Path;
use std::time::{Duration, Instant};

use watchme_core::rules::level;
use watchme_core::{Sound, TranscribeError};

use super::packer::Packer;
use super::stretches::{Piece, Stretches};
use super::voice::Voice;
use super::window::Window;
use super::{AudioStream, Chunk, VAD_FRAME, duration_of, samples_of};

/// Time between two reports on a recording without speech: about a window.
const REPORT_EVERY: Duration = Duration::from_secs(28);

/// Finds the speech of one recording while it is decoded.
///
/// What voice activity detection takes for speech, and what lies close around it, goes to the engine;
/// everything else is left out. Memory does not grow with the recording.
pub(crate) struct Windows {
    stream: AudioStream,
    voice: Voice,
    stretches: Stretches,
    packer: Packer,
    is_over: bool,
    reported: Duration,
    summary: Summary,
}

/// One advance through a recording.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Advance {
    /// A window to decode.
    Window(Window),
    /// Nothing more to decode up to this time, besides the windows before.
    Passed(Duration),
}

/// Figures of a recording, or of as much of it as was read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Summary {
    /// Length of the audio.
    pub(crate) audio: Duration,
    pub(crate) sound: Sound,
    /// Time spent on decoding and resampling.
    pub(crate) decoding: Duration,
    /// Time spent on finding speech.
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
            is_over: false,
            reported: Duration::ZERO,
            summary: Summary::default(),
        })
    }

    /// Length according to the recording's own header. See [`AudioStream::total`].
    pub(crate) fn total(&self) -> Option<Duration> {
        self.stream.total()
    }

    /// Decodes one chunk, unless something is ready already. Returns `Ok(None)` where nothing is ready
    /// after it. Errors are those of [`AudioStream::next_chunk`].
    pub(crate) fn advance(&mut self) -> Result<Option<Advance>, TranscribeError> {
        if let Some(advance) = self.ready() {
            return Ok(Some(advance));
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

    /// True once the whole recording was read.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Figures so far.
    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }

    fn ready(&mut self) -> Option<Advance> {
        if let Some(window) = self.packer.next_window() {
            self.reported = self.reported.max(window.end());
            return Some(Advance::Window(window));
        }
        let done = duration_of(self.packer.done());
        (done >= self.reported + REPORT_EVERY).then(|| {
            self.reported = done;
            Advance::Passed(done)
        })
    }

    fn take(&mut self, chunk: &Chunk) {
        self.summary.audio = chunk.end();
        let sound = &mut self.summary.sound;
        let samples = chunk.samples.as_slice();
        sound.peak = samples.iter().fold(sound.peak, |peak, sample| peak.max(sample.abs()));
        sound.loudest_second = sound.loudest_second.max(level(samples));
        self.packer.push(samples);
        let probabilities = self.voice.push(samples);
        let pieces = self.pieces(&probabilities);
        self.pack(&pieces);
        self.packer.settle(self.stretches.settled() * VAD_FRAME as u64);
    }

    fn finish(&mut self) {
        self.is_over = true;
        let probabilities = self.voice.finish();
        let mut pieces = self.pieces(&probabilities);
        self.stretches.finish(&mut pieces);
        self.pack(&pieces);
        self.packer.settle(samples_of(self.summary.audio));
        self.packer.finish();
    }

    /// Pieces that the next VAD frames settle.
    fn pieces(&mut self, probabilities: &[f32]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for &probability in probabilities {
            self.stretches.push(probability, &mut pieces);
        }
        pieces
    }

    fn pack(&mut self, pieces: &[Piece]) {
        let recorded = samples_of(self.summary.audio);
        for piece in pieces {
            // The end of the recording may cut its last VAD frame short.
            let start = piece.frames.start * VAD_FRAME as u64;
            let end = (piece.frames.end * VAD_FRAME as u64).min(recorded);
            if piece.is_voice {
                self.summary.sound.voiced += duration_of(end - start);
            }
            self.packer.add(start..end, piece.is_voice);
        }
    }
}

#[cfg(test)]
mod tests;
