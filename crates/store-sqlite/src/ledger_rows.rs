//! The rows of the ledger's two tables, and what they mean.

use std::str::FromStr;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use watchme_core::{
    LedgerEntry, LedgerRecord, RemovalReason, Removed, Segment, Slot, Sound, Transcript,
};

use crate::claim_rows::instant;

/// What is kept of a slot, ordered by object key.
pub(crate) fn records(connection: &Connection, slot: &Slot) -> rusqlite::Result<Vec<LedgerRecord>> {
    const SELECT: &str = "
        SELECT object_key, model, language, transcribed_at_us, audio_seconds, speech_seconds, peak,
            loudest_second, voiced_seconds, doubted_seconds
        FROM transcription_ledger
        WHERE device_id = ?1 AND date = ?2 AND time_block = ?3 ORDER BY object_key";
    let mut statement = connection.prepare_cached(SELECT)?;
    let values = params![slot.device.as_str(), slot.date.to_string(), slot.block.to_string()];
    let mut rows = statement.query(values)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let mut record = record(row, slot)?;
        add_segments(connection, &mut record.entry)?;
        records.push(record);
    }
    Ok(records)
}

/// A record, still without its segments.
fn record(row: &Row<'_>, slot: &Slot) -> rusqlite::Result<LedgerRecord> {
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
            doubted: seconds(row, "doubted_seconds")?,
        },
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
        SELECT start_seconds, end_seconds, text, confidence, no_speech, reason
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

fn seconds(row: &Row<'_>, column: &str) -> rusqlite::Result<Duration> {
    Duration::try_from_secs_f64(row.get(column)?).map_err(|error| odd(Type::Real, error))
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
