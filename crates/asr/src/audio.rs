//! A recording of any supported kind as chunks of samples that the engine can hear.

mod chunker;
mod content;
mod decode;
mod fault;
mod mend;
mod registry;
mod resample;
mod source;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use watchme_core::TranscribeError;

use self::chunker::Chunker;
use self::decode::Decoder;
use self::fault::Fault;
use self::resample::Resampler;

/// Samples per second of what the engine hears. Whisper knows no other.
pub(crate) const SAMPLE_RATE: u32 = 16_000;

/// Samples per second that a recording may have. Below is no speech, above no recorder.
const RATES: RangeInclusive<u32> = 4_000..=384_000;

/// The longest recording. A slot has half an hour; a compressed file of some megabytes can hold
/// months of silence.
const MAX_LENGTH: Duration = Duration::from_hours(24);

/// The audio of one recording, decoded as it is read: mono, 16 kHz, in chunks of at most 28 s.
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
    chunker: Chunker,
    given: u64,
    state: State,
}

/// A stretch of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Where it starts, from the start of the recording.
    pub start: Duration,
    /// Its samples: mono, 16 kHz, -1 to 1, at least one and at most 28 s of them.
    pub samples: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Decoding,
    /// All is decoded, some may wait in the chunker.
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
            chunker: Chunker::default(),
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
        loop {
            let cut = match self.state {
                State::Decoding => self.chunker.next_chunk(),
                State::Decoded => self.chunker.next_chunk_at_end(),
                State::Over => return Ok(None),
            };
            if let Some(samples) = cut {
                return self.chunk(samples).map(Some);
            }
            if self.state == State::Decoded {
                return Ok(None);
            }
            let waiting = self.chunker.waiting();
            if let Some(block) = self.decoder.next_block()? {
                self.resampler.push(block.rate, block.samples, waiting)?;
            } else {
                self.resampler.finish(waiting)?;
                self.state = State::Decoded;
            }
        }
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
    Duration::from_nanos(samples * (1_000_000_000 / u64::from(SAMPLE_RATE)))
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
