//! Conversion of rows of the two tables to and from the core's types.

use serde_json::{Value, json};
use watchme_core::{
    DeviceId, LocalDate, Recording, RecordingId, RecordingRow, RecordingStatus, SavedSlot,
    SavedTranscript, Slot, StoreError, UnreadableRow,
};

use crate::answer::Row;
use crate::error::denied;

/// Table of recordings.
pub(crate) const RECORDINGS: &str = "audio_files";

/// Table of texts.
pub(crate) const TRANSCRIPTS: &str = "vibe_whisper";

/// Columns that a recording must have. Others are optional or unknown.
pub(crate) const RECORDING_COLUMNS: [&str; 4] =
    ["device_id", "recorded_at", "file_path", "transcriptions_status"];

/// Columns that a text must have.
pub(crate) const TRANSCRIPT_COLUMNS: [&str; 4] =
    ["device_id", "date", "time_block", "transcription"];

/// Reads one row of `audio_files`. A missing column is an error of the table; a value that cannot
/// be read makes one unreadable row.
pub(crate) fn recording(row: &Row) -> Result<RecordingRow, StoreError> {
    for column in RECORDING_COLUMNS {
        if !row.contains_key(column) {
            return Err(denied(format!("`{RECORDINGS}` has no column `{column}`; add it")));
        }
    }
    let status = text_in(row, "transcriptions_status").unwrap_or_default();
    let status = status.parse().unwrap_or_else(|never| match never {});
    Ok(match readable(row, &status) {
        Ok(recording) => RecordingRow::Readable(recording),
        Err(reason) => RecordingRow::Unreadable(UnreadableRow {
            label: label(row),
            recorded_at: text_in(row, "recorded_at").and_then(|text| text.parse().ok()),
            status,
            reason,
        }),
    })
}

/// Reads one row of `vibe_whisper`; `None` for one that has no text or names no slot.
pub(crate) fn transcript(device: &DeviceId, date: LocalDate, row: &Row) -> Option<SavedTranscript> {
    let block = text_in(row, "time_block")?.parse().ok()?;
    let text = text_in(row, "transcription")?.to_owned();
    Some(SavedTranscript { slot: Slot { device: device.clone(), date, block }, text })
}

/// Reads one row of `vibe_whisper` without its text; `None` for one that names no slot.
pub(crate) fn saved_slot(row: &Row, is_silent: bool) -> Option<SavedSlot> {
    let (date, block) =
        (text_in(row, "date")?.parse().ok()?, text_in(row, "time_block")?.parse().ok()?);
    Some(SavedSlot { date, block, is_silent })
}

/// Makes the row to write for a slot: our columns and no others.
pub(crate) fn transcript_body(slot: &Slot, text: &str) -> Value {
    json!({
        "device_id": slot.device.as_str(),
        "date": slot.date.to_string(),
        "time_block": slot.block.to_string(),
        "transcription": text,
    })
}

/// Returns true if a written row belongs to the slot.
pub(crate) fn is_of_slot(row: &Row, slot: &Slot) -> bool {
    text_in(row, "device_id") == Some(slot.device.as_str())
        && text_in(row, "date") == Some(slot.date.to_string().as_str())
        && text_in(row, "time_block") == Some(slot.block.to_string().as_str())
}

fn readable(row: &Row, status: &RecordingStatus) -> Result<Recording, String> {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        row: &Row,
        column: &str,
    ) -> Result<T, String> {
        let text = text_in(row, column).ok_or_else(|| format!("`{column}` is null or no text"))?;
        text.parse().map_err(|error: T::Err| format!("`{column}`: {error}"))
    }
    let optional = |column| text_in(row, column);
    Ok(Recording {
        id: RecordingId {
            device: parsed(row, "device_id")?,
            recorded_at: parsed(row, "recorded_at")?,
        },
        object_key: parsed(row, "file_path")?,
        status: status.clone(),
        local_date: optional("local_date").and_then(|text| text.parse().ok()),
        time_block: optional("time_block").and_then(|text| text.parse().ok()),
    })
}

/// Returns the object key as it stands, or else whatever identifies the row.
fn label(row: &Row) -> String {
    if let Some(path) = text_in(row, "file_path").filter(|path| !path.is_empty()) {
        return path.to_owned();
    }
    let [device, time] =
        ["device_id", "recorded_at"].map(|column| text_in(row, column).unwrap_or("unknown"));
    format!("device {device}, recorded at {time}")
}

fn text_in<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str()
}
