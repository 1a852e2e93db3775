//! A recording of any supported kind as samples, and as the windows of it that hold speech.
//!
//! A *chunk* is about a second of a recording, a *VAD frame* is the 32 ms that the detector judges at
//! once, a *stretch* is speech without a long pause, and a *window* is stretches one after the other,
//! as the engine gets them.

mod aac;
mod aiff;
mod au;
mod caf;
mod content;
mod decode;
mod fault;
mod frames;
mod matroska;
mod mix;
mod mp4;
mod ogg;
mod opus;
mod packer;
mod pcm;
mod peek;
mod raw;
mod registry;
mod resample;
mod source;
mod split;
mod stretches;
mod timeline;
mod voice;
mod wav;
mod window;
mod windows;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use watchme_core::TranscribeError;

use self::decode::Decoder;
use self::fault::Fault;
use self::resample::Resampler;
use self::voice::VAD_FRAME;

pub(crate) use self::window::Window;
pub(crate) use self::windows::{Advance, Summary, Windows};

/// Samples per second of the engine's input. Whisper knows no other.
pub(crate) const SAMPLE_RATE: u32 = 16_000;

/// Duration of a sample in nanoseconds, exactly.
const SAMPLE_NANOS: u64 = 1_000_000_000 / SAMPLE_RATE as u64;

/// Samples of a chunk, over which levels are measured: 31 whole VAD frames, 0.992 s.
const CHUNK: usize = 31 * VAD_FRAME;

/// Sample rates that are read, in hertz. Below is no speech, above no recorder.
const RATES: RangeInclusive<u32> = 4_000..=384_000;

/// Longest recording that is read. A slot has half an hour; a compressed file of some megabytes can
/// hold months of silence.
const MAX_LENGTH: Duration = Duration::from_hours(24);

/// Audio of one recording, decoded as it is read: mono, 16 kHz, in chunks of about a second.
///
/// The file is read as the chunks are asked for, and memory does not grow with its length. All of it
/// blocks: call it from a thread of its own.
///
/// The kind of the file is recognised by its content alone, never by its name. docs/recordings.md lists
/// the containers and codecs that are read.
pub struct AudioStream {
    decoder: Decoder,
    resampler: Resampler,
    /// Samples that are decoded and not yet handed out.
    waiting: Vec<f32>,
    given: u64,
    state: State,
}

/// About a second of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Time of its first sample, from the start of the recording.
    pub start: Duration,
    /// Samples: mono, 16 kHz, -1 to 1. `[15872]` (31 VAD frames of 32 ms), and at least one in the last
    /// chunk.
    pub samples: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Decoding,
    /// Everything is decoded; some samples may still wait.
    Decoded,
    /// Nothing comes any more.
    Over,
}

impl AudioStream {
    /// Opens the recording at `path`.
    ///
    /// Fails with `Unsupported` for a file that is not audio of a supported kind, `Damaged` for one that
    /// is but cannot be opened, `Engine` where the operating system does not let us read it.
    pub fn open(path: &Path) -> Result<Self, TranscribeError> {
        let decoder = Decoder::open(path)?;
        Ok(Self {
            decoder,
            resampler: Resampler::default(),
            waiting: Vec::new(),
            given: 0,
            state: State::Decoding,
        })
    }

    /// Length of the recording according to its own header, if it has one that is believable. The
    /// chunks may add up to another length: a cut-off recording ends earlier.
    #[must_use]
    pub fn total(&self) -> Option<Duration> {
        self.decoder.total()
    }

    /// Decodes the next chunk, or returns `None` after the last. A recording without samples has none.
    ///
    /// A recording that breaks off ends there, and single damaged packets are left out. Fails with
    /// `Damaged` where nothing or less than half can be decoded; after an error there are no more
    /// chunks.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, TranscribeError> {
        let result = self.decode_chunk();
        if !matches!(result, Ok(Some(_))) {
            self.state = State::Over;
        }
        Ok(result?)
    }

    fn decode_chunk(&mut self) -> Result<Option<Chunk>, Fault> {
        while self.state == State::Decoding && self.waiting.len() < CHUNK {
            if let Some(decoded) = self.decoder.next_samples()? {
                self.resampler.push(decoded.rate, decoded.samples, &mut self.waiting)?;
            } else {
                self.resampler.finish(&mut self.waiting)?;
                self.state = State::Decoded;
            }
        }
        if self.state == State::Over || self.waiting.is_empty() {
            return Ok(None);
        }
        let rest = self.waiting.split_off(CHUNK.min(self.waiting.len()));
        let samples = std::mem::replace(&mut self.waiting, rest);
        self.chunk(samples).map(Some)
    }

    fn chunk(&mut self, samples: Vec<f32>) -> Result<Chunk, Fault> {
        let start = start_after(self.given)?;
        self.given += samples.len() as u64;
        Ok(Chunk { start, samples })
    }
}

impl Chunk {
    /// Time after its last sample, from the start of the recording.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start + duration_of(self.samples.len() as u64)
    }
}

/// Start of the chunk after `given` samples, or an error where the recording has no end.
fn start_after(given: u64) -> Result<Duration, Fault> {
    let start = duration_of(given);
    if start < MAX_LENGTH { Ok(start) } else { Err(Fault::TooLong(MAX_LENGTH)) }
}

fn duration_of(samples: u64) -> Duration {
    Duration::from_nanos(samples.saturating_mul(SAMPLE_NANOS))
}

fn samples_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX) / SAMPLE_NANOS
}

#[cfg(test)]
mod tests;
