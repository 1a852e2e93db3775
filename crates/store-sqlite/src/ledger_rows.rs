//! Conversion of rows of the ledger's two tables to the core's types.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use watchme_core::{
    DeviceId, Effort, LedgerEntry, LedgerRecord, LocalDate, Measured, ObjectKey, RemovalReason,
    Removed, Segment, Slot, Sound, Transcript,
};

use crate::claim_rows::instant;

/// Reads the records of a slot, ordered by object key.
pub(crate) fn records(connection: &Connection, slot: &Slot) -> rusqlite::Result<Vec<LedgerRecord>> {
    const SELECT: &str = "
        SELECT object_key, model, language, transcribed_at_us, audio_seconds, speech_seconds, peak,
            loudest_second, voiced_seconds, work_seconds, cpu_seconds
        FROM transcription_ledger
        WHERE device_id = ?1 AND date = ?2 AND time_block = ?3 ORDER BY object_key";
    let mut statement = connection.prepare_cached(SELECT)?;
    let values = params![slot.device.as_str(), slot.date.to_string(), slot.block.to_string()];
    let mut rows = statement.query(values)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let mut record = read_record(row, slot)?;
        add_segments(connection, &mut record.entry)?;
        records.push(record);
    }
    Ok(records)
}

/// Reads the records of a device's day, ordered by block and object key. A block that is no time
/// of day names no slot.
pub(crate) fn records_of_day(
    connection: &Connection,
    device: &DeviceId,
    date: LocalDate,
) -> rusqlite::Result<Vec<LedgerRecord>> {
    const BLOCKS: &str = "
        SELECT DISTINCT time_block FROM transcription_ledger
        WHERE device_id = ?1 AND date = ?2 ORDER BY time_block";
    let mut statement = connection.prepare_cached(BLOCKS)?;
    let values = params![device.as_str(), date.to_string()];
    let blocks = statement.query_map(values, |row| row.get::<_, String>(0))?;
    let mut kept = Vec::new();
    for block in blocks {
        if let Ok(block) = block?.parse() {
            kept.extend(records(connection, &Slot { device: device.clone(), date, block })?);
        }
    }
    Ok(kept)
}

/// Reads a page of what recordings took, ordered by object key.
pub(crate) fn measured(
    connection: &Connection,
    days: &RangeInclusive<LocalDate>,
    after: Option<&ObjectKey>,
    page_rows: u32,
) -> rusqlite::Result<Vec<Measured>> {
    const SELECT: &str = "
        SELECT object_key, audio_seconds, speech_seconds, work_seconds, cpu_seconds
        FROM transcription_ledger
        WHERE date BETWEEN ?1 AND ?2 AND object_key > ?3 ORDER BY object_key LIMIT ?4";
    let mut statement = connection.prepare_cached(SELECT)?;
    let (first, last) = (days.start().to_string(), days.end().to_string());
    // No object key is empty.
    let after = after.map_or("", ObjectKey::as_str);
    let rows = statement.query_map(params![first, last, after, page_rows], |row| {
        Ok(Measured {
            object_key: parsed(&row.get::<_, String>("object_key")?)?,
            audio: seconds(row, "audio_seconds")?,
            speech: seconds(row, "speech_seconds")?,
            effort: effort(row)?,
        })
    })?;
    rows.collect()
}

/// Reads a record, still without its segments.
fn read_record(row: &Row<'_>, slot: &Slot) -> rusqlite::Result<LedgerRecord> {
    let transcript = Transcript {
        segments: Vec::new(),
        removed: Vec::new(),
        language: row.get("language")?,
        audio: seconds(row, "audio_seconds")?,
        speech: seconds(row, "speech_seconds")?,
        sound: Sound {
            peak: row.get("peak")?,
            loudest_second: row.get("loudest_second")?,
            voiced: seconds(row, "voiced_seconds")?,
        },
        effort: effort(row)?,
    };
    let entry = LedgerEntry {
        object_key: parsed(&row.get::<_, String>("object_key")?)?,
        slot: slot.clone(),
        model: parsed(&row.get::<_, String>("model")?)?,
        transcript,
    };
    Ok(LedgerRecord { entry, at: instant(row.get("transcribed_at_us")?) })
}

fn add_segments(connection: &Connection, entry: &mut LedgerEntry) -> rusqlite::Result<()> {
    const SELECT: &str = "
        SELECT start_seconds, end_seconds, text, confidence, no_speech, reason, voice_seconds
        FROM transcription_ledger_segments WHERE object_key = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(SELECT)?;
    let mut rows = statement.query(params![entry.object_key.as_str()])?;
    while let Some(row) = rows.next()? {
        let segment = Segment {
            start: seconds(row, "start_seconds")?,
            end: seconds(row, "end_seconds")?,
            text: row.get("text")?,
            confidence: row.get("confidence")?,
            no_speech: row.get("no_speech")?,
            voice: known_seconds(row, "voice_seconds")?,
        };
        match row.get::<_, Option<String>>("reason")? {
            None => entry.transcript.segments.push(segment),
            Some(reason) => {
                let reason: RemovalReason = parsed(&reason)?;
                entry.transcript.removed.push(Removed { segment, reason });
            }
        }
    }
    Ok(())
}

/// Reads what transcribing a recording took, if that was measured.
fn effort(row: &Row<'_>) -> rusqlite::Result<Option<Effort>> {
    let (wall, cpu) = (known_seconds(row, "work_seconds")?, known_seconds(row, "cpu_seconds")?);
    Ok(wall.zip(cpu).map(|(wall, cpu)| Effort { wall, cpu }))
}

fn seconds(row: &Row<'_>, column: &str) -> rusqlite::Result<Duration> {
    duration(row.get(column)?)
}

fn known_seconds(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Duration>> {
    row.get::<_, Option<f64>>(column)?.map(duration).transpose()
}

fn duration(seconds: f64) -> rusqlite::Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| odd(Type::Real, error))
}

fn parsed<T>(text: &str) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|error| odd(Type::Text, error))
}

fn odd(kind: Type, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error))
}
