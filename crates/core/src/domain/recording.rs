//! Recordings as the store knows them, and the ways to choose among them.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ids::{DeviceId, LocalDate, ObjectKey, ParseIdError, TimeBlock};

/// One row of `audio_files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Primary key.
    pub id: RecordingId,
    /// Key of its audio. Not unique: two uploads in one slot share it.
    pub object_key: ObjectKey,
    /// Progress of its transcription.
    pub status: RecordingStatus,
    /// The `local_date` column, in tables that have one.
    pub local_date: Option<LocalDate>,
    /// The `time_block` column, in tables that have one.
    pub time_block: Option<TimeBlock>,
}

/// Primary key of a recording's row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId {
    /// Device that made it.
    pub device: DeviceId,
    /// Time it was made, by the row.
    pub recorded_at: RecordedAt,
}

/// The `recorded_at` of a row: an instant, and the text it was read from.
///
/// The text goes back into filters unchanged, so that no rounding can miss the row. Ordered and
/// compared by the instant.
#[derive(Debug, Clone)]
pub struct RecordedAt {
    instant: Timestamp,
    text: String,
}

impl RecordedAt {
    /// Resolution of `recorded_at`: PostgreSQL keeps microseconds.
    const RESOLUTION: SignedDuration = SignedDuration::from_micros(1);

    /// Returns the instant. Its meaning has changed once; [`crate::rules::slot_of`] knows both.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.instant
    }

    /// Returns the window, `from <= recorded_at < until`, that holds this time and no other.
    pub(crate) fn window(&self) -> (Timestamp, Timestamp) {
        let until = self.instant.saturating_add(Self::RESOLUTION).unwrap_or(Timestamp::MAX);
        (self.instant, until)
    }
}

/// A row that names no usable recording. It is one failed item, never a failed day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// Object key as the row has it, or else anything that identifies the row to a person.
    pub label: String,
    /// The `recorded_at` column, as far as it can be read.
    pub recorded_at: Option<RecordedAt>,
    /// The status, as far as it can be read.
    pub status: RecordingStatus,
    /// Reason it cannot be used.
    pub reason: String,
}

/// Answer of a store for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingRow {
    /// A usable row.
    Readable(Recording),
    /// A row that names no usable recording.
    Unreadable(UnreadableRow),
}

/// The `transcriptions_status` of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordingStatus {
    /// Not transcribed yet.
    Pending,
    /// Claimed by somebody.
    Processing,
    /// Its text is saved.
    Completed,
    /// Given up.
    Failed,
    /// Left out on purpose.
    Skipped,
    /// Status that somebody else uses, kept as read.
    Other(String),
}

impl RecordingStatus {
    /// Returns the status as the column has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Other(text) => text,
        }
    }
}

/// Place of a text in `vibe_whisper`: a device's half hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The device.
    pub device: DeviceId,
    /// Its local day.
    pub date: LocalDate,
    /// The time in that day.
    pub block: TimeBlock,
}

/// Recordings that a caller wants transcribed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    /// The pending recordings of a device's local day.
    Day {
        /// The device.
        device: DeviceId,
        /// Its local day.
        date: LocalDate,
        /// Blocks to choose from; `None` for the whole day.
        blocks: Option<BTreeSet<TimeBlock>>,
    },
    /// These recordings, in any status: a caller who names an object wants it done, again if need
    /// be.
    Objects(BTreeSet<ObjectKey>),
    /// Everything pending, of every device.
    Pending,
}

/// Rows that a store is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingQuery {
    /// A device's rows, of every status, with `from <= recorded_at < until`.
    Window {
        /// The device.
        device: DeviceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is too late.
        until: Timestamp,
    },
    /// Every row, of every status, that names one of these objects.
    Objects(BTreeSet<ObjectKey>),
    /// Every pending row.
    Pending,
    /// Every row whose status is `failed`.
    Failed,
}

impl FromStr for RecordedAt {
    type Err = ParseIdError;

    /// Reads an RFC 3339 instant, also as PostgreSQL prints it (`2025-07-18 12:00:00+00`). A time
    /// without an offset is UTC, as in a Supabase database.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let utc = || TimeZone::UTC.to_timestamp(text.parse().ok()?).ok();
        let instant = text.parse().ok().or_else(utc).ok_or_else(|| {
            ParseIdError::new("time", text, "`YYYY-MM-DDTHH:MM:SS` with an offset")
        })?;
        Ok(Self { instant, text: text.to_owned() })
    }
}

impl FromStr for RecordingStatus {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Skipped];
        Ok(known
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned())))
    }
}

impl fmt::Display for RecordedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for RecordingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.device, self.date, self.block)
    }
}

impl PartialEq for RecordedAt {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for RecordedAt {}

impl PartialOrd for RecordedAt {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RecordedAt {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.instant.cmp(&other.instant)
    }
}

impl std::hash::Hash for RecordedAt {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.instant.hash(state);
    }
}
