//! Ready-made recordings, slots and sound.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::tz::TimeZone;
use watchme_core::{
    DeviceId, LocalDate, ObjectKey, Policy, RecordedAt, RecordingId, Slot, TimeBlock,
    TranscribeOptions,
};

/// Device of the samples.
pub const DEVICE: &str = "d067d407-cf73-4174-a9c1-d91fb60d64d0";

/// Day of the samples.
pub const DAY: &str = "2025-07-20";

/// Sample rate of the sounds here, in hertz: the devices record at it.
pub const SAMPLE_RATE: u32 = 16_000;

/// A row of `audio_files` as a test lays it out, before any store reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSeed {
    /// Column `device_id`.
    pub device: String,
    /// Column `recorded_at`, any text that PostgreSQL takes for an instant.
    pub recorded_at: String,
    /// Column `file_path`. The table demands one, and takes an empty one: such a row is unreadable.
    pub object_key: String,
    /// Column `transcriptions_status`.
    pub status: String,
    /// Column `local_date`.
    pub local_date: Option<String>,
    /// Column `time_block`.
    pub time_block: Option<String>,
}

impl RecordingSeed {
    /// Makes a pending row of [`DEVICE`].
    pub fn new(recorded_at: impl Into<String>, object_key: impl Into<String>) -> Self {
        Self {
            device: DEVICE.to_owned(),
            recorded_at: recorded_at.into(),
            object_key: object_key.into(),
            status: "pending".to_owned(),
            local_date: None,
            time_block: None,
        }
    }

    /// Makes a pending row of [`DEVICE`], recorded in `block` of [`DAY`] in Tokyo.
    #[must_use]
    pub fn at(block: &str) -> Self {
        Self::new(format!("{DAY}T{}:00+09:00", block.replace('-', ":")), key_of(block))
    }

    /// Moves the row to another device.
    #[must_use]
    pub fn of(mut self, device: &str) -> Self {
        device.clone_into(&mut self.device);
        self
    }

    /// Gives the row another status.
    #[must_use]
    pub fn in_status(mut self, status: &str) -> Self {
        status.clone_into(&mut self.status);
        self
    }

    /// Fills in `local_date` and `time_block`.
    #[must_use]
    pub fn with_columns(mut self, local_date: &str, time_block: &str) -> Self {
        self.local_date = Some(local_date.to_owned());
        self.time_block = Some(time_block.to_owned());
        self
    }

    /// Returns its primary key.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        RecordingId { device: parsed(&self.device), recorded_at: parsed(&self.recorded_at) }
    }

    /// Returns its `recorded_at` as an instant.
    #[must_use]
    pub fn recorded_at(&self) -> RecordedAt {
        parsed(&self.recorded_at)
    }
}

/// Returns the key of [`DEVICE`]'s recording in `block` of [`DAY`]; `block` is a folder name,
/// `HH-MM` or
/// `HH-MM-SS`.
#[must_use]
pub fn key_of(block: &str) -> String {
    format!("files/{DEVICE}/{DAY}/{block}/audio.wav")
}

/// Parses an object key.
#[must_use]
pub fn object_key(text: &str) -> ObjectKey {
    parsed(text)
}

/// Parses a device.
#[must_use]
pub fn device(text: &str) -> DeviceId {
    parsed(text)
}

/// Parses a local day.
#[must_use]
pub fn date(text: &str) -> LocalDate {
    parsed(text)
}

/// Parses a time block.
#[must_use]
pub fn block(text: &str) -> TimeBlock {
    parsed(text)
}

/// Returns the slot of [`DEVICE`] in `block` of [`DAY`].
#[must_use]
pub fn slot(block: &str) -> Slot {
    slot_of(DEVICE, DAY, block)
}

/// Parses a slot.
#[must_use]
pub fn slot_of(device: &str, date: &str, block: &str) -> Slot {
    Slot { device: parsed(device), date: parsed(date), block: parsed(block) }
}

/// Returns the options that the service has by default: Japanese with the model `base`.
#[must_use]
pub fn options() -> TranscribeOptions {
    TranscribeOptions { model: parsed("base"), language: parsed("ja") }
}

/// Returns the policy of a pipeline for devices in Tokyo, with one recording fetched ahead.
#[must_use]
pub fn policy() -> Policy {
    Policy { zone: tokyo(), silence_text: String::new(), prefetch: NonZeroUsize::MIN }
}

/// Returns the zone of Tokyo, which has been nine hours ahead since 1951.
#[must_use]
pub fn tokyo() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// Makes a WAV file of `samples`: 16 kHz, mono, 16 bit.
#[must_use]
pub fn wav(samples: &[i16]) -> Vec<u8> {
    const HEADER_BYTES: u32 = 44;
    let data_bytes = u32::try_from(samples.len() * 2).expect("less than 4 GiB of samples");
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(data_bytes + HEADER_BYTES - 8).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes()); // Bytes of the format that follows.
    file.extend_from_slice(&1_u16.to_le_bytes()); // Plain PCM.
    file.extend_from_slice(&1_u16.to_le_bytes()); // Channels.
    file.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
    file.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes()); // Bytes a second.
    file.extend_from_slice(&2_u16.to_le_bytes()); // Bytes a frame.
    file.extend_from_slice(&16_u16.to_le_bytes()); // Bits a sample.
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// Makes samples of a pure tone at a quarter of full scale.
#[must_use]
pub fn tone(hertz: f64, duration: Duration) -> Vec<i16> {
    let step = hertz * std::f64::consts::TAU / f64::from(SAMPLE_RATE);
    let amplitude = f64::from(i16::MAX) / 4.0;
    let phase = (0_u32..).map(|n| f64::from(n) * step);
    #[expect(clippy::cast_possible_truncation, reason = "the amplitude is within 16 bits")]
    let samples = phase.map(|phase| (phase.sin() * amplitude) as i16);
    samples.take(sample_count(duration)).collect()
}

/// Makes samples of digital silence.
#[must_use]
pub fn silence(duration: Duration) -> Vec<i16> {
    vec![0; sample_count(duration)]
}

fn sample_count(duration: Duration) -> usize {
    let samples = duration.as_millis() * u128::from(SAMPLE_RATE) / 1000;
    usize::try_from(samples).expect("a length in memory")
}

fn parsed<T: std::str::FromStr<Err: fmt::Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("the sample `{text}` is wrong: {error}"))
}
