//! Conversion of rows of the two tables to the core's types.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use watchme_core::{
    DeviceId, LocalDate, ObjectKey, ParseIdError, RecordedAt, Recording, RecordingId, RecordingRow,
    RecordingStatus, SavedSlot, SavedTranscript, Slot, TimeBlock, UnreadableRow,
};

/// Recording to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecording {
    /// Device that made it.
    pub device: DeviceId,
    /// Time of the recording.
    pub recorded_at: RecordedAt,
    /// Object with its audio.
    pub object_key: ObjectKey,
    /// Local day, if known apart from the key.
    pub local_date: Option<LocalDate>,
    /// Time in that day, if known apart from the key.
    pub time_block: Option<TimeBlock>,
}

/// Row of `audio_files` with the columns that order it.
pub(crate) struct Ordered {
    recorded_at_us: i64,
    device: String,
    row: RecordingRow,
}

/// Selects the rows of `audio_files` that meet `condition`.
pub(crate) fn select(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> rusqlite::Result<Vec<Ordered>> {
    let statement = format!(
        "SELECT recorded_at_us, device_id, recorded_at, file_path, transcriptions_status,
             local_date, time_block
         FROM audio_files {condition}"
    );
    let mut statement = connection.prepare_cached(&statement)?;
    let rows = statement.query_map(values, |row| {
        let device = text(row, 1)?;
        let columns = Columns {
            recorded_at: text(row, 2)?,
            file_path: text(row, 3)?,
            status: text(row, 4)?,
            local_date: optional_text(row, 5)?,
            time_block: optional_text(row, 6)?,
        };
        let row_as_read = columns.read(&device);
        Ok(Ordered { recorded_at_us: row.get(0)?, device, row: row_as_read })
    })?;
    rows.collect()
}

/// Sorts rows by time of recording, then by device.
pub(crate) fn in_order(mut rows: Vec<Ordered>) -> Vec<RecordingRow> {
    rows.sort_by(|a, b| (a.recorded_at_us, &a.device).cmp(&(b.recorded_at_us, &b.device)));
    rows.into_iter().map(|ordered| ordered.row).collect()
}

/// Reads the texts of a device's day. Rows without a text, and blocks that are no time of day,
/// belong to other programs.
pub(crate) fn transcripts(
    connection: &Connection,
    device: &DeviceId,
    date: LocalDate,
) -> rusqlite::Result<Vec<SavedTranscript>> {
    const SELECT: &str = "
        SELECT time_block, transcription FROM vibe_whisper
        WHERE device_id = ?1 AND date = ?2 AND transcription IS NOT NULL
        ORDER BY time_block";
    let mut statement = connection.prepare_cached(SELECT)?;
    let day = params![device.as_str(), date.to_string()];
    let rows = statement.query_map(day, |row| Ok((text(row, 0)?, text(row, 1)?)))?;
    let mut saved = Vec::new();
    for row in rows {
        let (block, text) = row?;
        if let Ok(block) = block.parse() {
            saved
                .push(SavedTranscript { slot: Slot { device: device.clone(), date, block }, text });
        }
    }
    Ok(saved)
}

/// Reads the slots of a device's days that have a text, without the text.
pub(crate) fn saved_slots(
    connection: &Connection,
    device: &DeviceId,
    days: &RangeInclusive<LocalDate>,
    silence_text: &str,
) -> rusqlite::Result<Vec<SavedSlot>> {
    const SELECT: &str = "
        SELECT date, time_block, transcription IN ('', ?4) FROM vibe_whisper
        WHERE device_id = ?1 AND date BETWEEN ?2 AND ?3 AND transcription IS NOT NULL
        ORDER BY date, time_block";
    let mut statement = connection.prepare_cached(SELECT)?;
    let (first, last) = (days.start().to_string(), days.end().to_string());
    let values = params![device.as_str(), first, last, silence_text];
    let rows =
        statement.query_map(values, |row| Ok((text(row, 0)?, text(row, 1)?, row.get(2)?)))?;
    let mut saved = Vec::new();
    for row in rows {
        let (date, block, is_silent) = row?;
        if let (Ok(date), Ok(block)) = (date.parse(), block.parse()) {
            saved.push(SavedSlot { date, block, is_silent });
        }
    }
    Ok(saved)
}

/// Reads the text of a slot, if it has one.
pub(crate) fn saved_text(connection: &Connection, slot: &Slot) -> rusqlite::Result<Option<String>> {
    const SAVED: &str = "
        SELECT transcription FROM vibe_whisper
        WHERE device_id = ?1 AND date = ?2 AND time_block = ?3";
    let values = params![slot.device.as_str(), slot.date.to_string(), slot.block.to_string()];
    let saved: Option<Option<String>> =
        connection.prepare_cached(SAVED)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(saved.flatten())
}

/// Columns of a row besides its device.
struct Columns {
    recorded_at: String,
    file_path: String,
    status: String,
    local_date: Option<String>,
    time_block: Option<String>,
}

impl Columns {
    fn read(self, device: &str) -> RecordingRow {
        let status: RecordingStatus = self.status.parse().unwrap_or_else(|never| match never {});
        let recorded_at: Result<RecordedAt, _> = self.recorded_at.parse();
        match self.recording(device, recorded_at.clone(), status.clone()) {
            Ok(recording) => RecordingRow::Readable(recording),
            Err(error) => RecordingRow::Unreadable(UnreadableRow {
                label: if self.file_path.is_empty() {
                    format!("{device} {}", self.recorded_at)
                } else {
                    self.file_path
                },
                recorded_at: recorded_at.ok(),
                status,
                reason: error.to_string(),
            }),
        }
    }

    fn recording(
        &self,
        device: &str,
        recorded_at: Result<RecordedAt, ParseIdError>,
        status: RecordingStatus,
    ) -> Result<Recording, ParseIdError> {
        Ok(Recording {
            object_key: self.file_path.parse()?,
            id: RecordingId { device: device.parse()?, recorded_at: recorded_at? },
            status,
            // The key names the slot; unreadable columns here are no reason to lose a recording.
            local_date: self.local_date.as_ref().and_then(|text| text.parse().ok()),
            time_block: self.time_block.as_ref().and_then(|text| text.parse().ok()),
        })
    }
}

/// Reads a text column. Invalid UTF-8 is replaced: one odd row must not hide a whole day.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}

fn optional_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let value = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}
