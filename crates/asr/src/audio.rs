//! A recording of any supported kind as samples, and as the windows of them that are speech.

mod content;
mod decode;
mod doubt;
mod fault;
mod mend;
mod packer;
mod registry;
mod resample;
#[cfg(test)]
mod sounds;
mod source;
mod stretches;
mod voice;
mod window;
mod windows;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use watchme_core::TranscribeError;

use self::decode::Decoder;
use self::fault::Fault;
use self::resample::Resampler;

pub(crate) use self::window::Window;
pub(crate) use self::windows::{Step, Summary, Windows};

/// Samples per second of what the engine hears. Whisper knows no other.
pub(crate) const SAMPLE_RATE: u32 = 16_000;

/// What one of them takes, exactly.
const SAMPLE_NANOS: u64 = 1_000_000_000 / SAMPLE_RATE as u64;

/// Samples of a frame, of which voice activity detection tells how likely it is voice: 16 ms.
const FRAME: usize = 256;

/// Samples of a block, in which levels are measured: 62 whole frames, 0.992 s.
const BLOCK: usize = 62 * FRAME;

/// Samples per second that a recording may have. Below is no speech, above no recorder.
const RATES: RangeInclusive<u32> = 4_000..=384_000;

/// The longest recording. A slot has half an hour; a compressed file of some megabytes can hold
/// months of silence.
const MAX_LENGTH: Duration = Duration::from_hours(24);

/// The audio of one recording, decoded as it is read: mono, 16 kHz, in chunks of about a second.
///
/// What is needed of the file is read as the chunks are asked for, and memory does not grow with
/// its length. All of it blocks: call it from a thread of its own.
///
/// The content alone tells what the file is. Read are WAV (PCM of 8, 16, 24, 32 bits and
/// floating point), MP3, AAC-LC and ALAC in MP4, AAC in ADTS, FLAC, Ogg Vorbis and Opus (mono and
/// stereo), and these codecs in Matroska and `WebM`.
pub struct AudioStream {
    decoder: Decoder,
    resampler: Resampler,
    /// Decoded and not yet given.
    waiting: Vec<f32>,
    given: u64,
    state: State,
}

/// A stretch of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Where it starts, from the start of the recording.
    pub start: Duration,
    /// Its samples: mono, 16 kHz, -1 to 1, 15 872 (62 frames of 16 ms), and at least one in the
    /// last chunk.
    pub samples: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Decoding,
    /// All is decoded, some may wait.
    Decoded,
    /// Nothing comes any more.
    Over,
}

impl AudioStream {
    /// Opens the recording at `path`.
    ///
    /// `Unsupported` for what is no audio that is read here, `Damaged` for what is but cannot be
    /// opened, `Engine` where the operating system does not let us read the file.
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

    /// How long the recording is by its own header, where it has one that is believable. The
    /// chunks may come to another length: a cut-off recording ends before.
    #[must_use]
    pub fn total(&self) -> Option<Duration> {
        self.decoder.total()
    }

    /// The next chunk in order, or `None` after the last. A recording without samples has none.
    ///
    /// A recording that breaks off ends there, and single damaged packets are left out. `Damaged`
    /// where nothing or less than half can be decoded; after an error there are no more chunks.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, TranscribeError> {
        let result = self.advance();
        if !matches!(result, Ok(Some(_))) {
            self.state = State::Over;
        }
        Ok(result?)
    }

    fn advance(&mut self) -> Result<Option<Chunk>, Fault> {
        while self.state == State::Decoding && self.waiting.len() < BLOCK {
            if let Some(block) = self.decoder.next_block()? {
                self.resampler.push(block.rate, block.samples, &mut self.waiting)?;
            } else {
                self.resampler.finish(&mut self.waiting)?;
                self.state = State::Decoded;
            }
        }
        if self.state == State::Over || self.waiting.is_empty() {
            return Ok(None);
        }
        let rest = self.waiting.split_off(BLOCK.min(self.waiting.len()));
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
    /// Where it ends, from the start of the recording.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start + duration_of(self.samples.len() as u64)
    }
}

/// Where the next chunk starts, unless the recording has no end.
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
mod tests {
    use super::*;

    #[test]
    fn a_recording_without_end_is_given_up_after_a_day() {
        let day = 24 * 3600 * u64::from(SAMPLE_RATE);
        assert_eq!(start_after(day - 16).unwrap(), Duration::from_millis(24 * 3_600_000 - 1));
        let error = TranscribeError::from(start_after(day).unwrap_err());
        assert!(matches!(error, TranscribeError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("longer than 24 hours"), "{error}");
    }
}
