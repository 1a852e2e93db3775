//! Recordings as the store knows them, and how a caller chooses among them.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{DeviceId, LocalDate, ObjectKey, ParseIdError, TimeBlock};

/// One row of `audio_files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its primary key.
    pub id: RecordingId,
    /// Where its audio is. Not unique: two uploads in one slot share it.
    pub object_key: ObjectKey,
    /// How far it got.
    pub status: RecordingStatus,
    /// The `local_date` column, in tables that have one.
    pub local_date: Option<LocalDate>,
    /// The `time_block` column, in tables that have one.
    pub time_block: Option<TimeBlock>,
}

/// What identifies a recording: the primary key of its row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId {
    /// The device that made it.
    pub device: DeviceId,
    /// When it was made, by the row.
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
    /// The instant. What it means has two eras; [`crate::rules::slot_of`] knows them.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.instant
    }
}

/// A row that names no usable recording. It is one failed item, never a failed day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// What the row has for an object key, or else whatever identifies it to a person.
    pub label: String,
    /// Its `recorded_at`, as far as it can be read.
    pub recorded_at: Option<RecordedAt>,
    /// Its status, as far as it can be read.
    pub status: RecordingStatus,
    /// Why it cannot be used.
    pub reason: String,
}

/// What a store answers for each row.
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
    /// A status of somebody else's, kept as read.
    Other(String),
}

impl RecordingStatus {
    /// The status as the column has it.
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

/// The place of a text in `vibe_whisper`: a device's half hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The device.
    pub device: DeviceId,
    /// Its local day.
    pub date: LocalDate,
    /// The time in that day.
    pub block: TimeBlock,
}

/// What a caller wants transcribed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    /// The pending recordings of a device's local day.
    Day {
        /// The device.
        device: DeviceId,
        /// Its local day.
        date: LocalDate,
        /// Only these blocks; `None` for the whole day.
        blocks: Option<BTreeSet<TimeBlock>>,
    },
    /// These recordings, whatever their status: who names an object wants it done (again).
    Objects(BTreeSet<ObjectKey>),
    /// Everything pending, of every device.
    Pending,
}

/// Which rows a store is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingQuery {
    /// A device's rows, of every status, with `from <= recorded_at < until`.
    Window {
        /// The device.
        device: DeviceId,
        /// The first instant.
        from: Timestamp,
        /// The first instant that is too late.
        until: Timestamp,
    },
    /// Every row, of every status, that names one of these objects.
    Objects(BTreeSet<ObjectKey>),
    /// Every pending row.
    Pending,
    /// Every row that was given up.
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
