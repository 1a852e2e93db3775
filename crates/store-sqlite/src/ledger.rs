//! The ledger: each method of the port as one transaction.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use watchme_core::{
    DeviceId, LedgerEntry, LedgerError, LedgerRecord, LedgerStore, LocalDate, Measured, ObjectKey,
    Revision, Slot, Transcript,
};

use crate::ledger_rows;
use crate::rows::saved_text;
use crate::store::{SqliteStore, UPSERT_TEXT};

/// Number of rows that are read at once where there may be very many.
const PAGE_ROWS: u32 = 1000;

#[async_trait]
impl LedgerStore for SqliteStore {
    async fn keep(&self, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let entry = entry.clone();
        Ok(self.alone(move |transaction| keep(transaction, &entry)).await?)
    }

    async fn kept(&self, slot: &Slot) -> Result<Vec<LedgerRecord>, LedgerError> {
        let slot = slot.clone();
        // One transaction, so that segments and entries belong together.
        let kept = self.with(move |connection| {
            let transaction = connection.transaction()?;
            ledger_rows::records(&transaction, &slot)
        });
        Ok(kept.await?)
    }

    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, LedgerError> {
        let device = device.clone();
        let kept = self.with(move |connection| {
            let transaction = connection.transaction()?;
            ledger_rows::records_of_day(&transaction, &device, date)
        });
        Ok(kept.await?)
    }

    async fn measured(
        &self,
        days: &RangeInclusive<LocalDate>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Measured>, LedgerError> {
        let (days, after) = (days.clone(), after.cloned());
        let page = self.with(move |connection| {
            ledger_rows::measured(connection, &days, after.as_ref(), PAGE_ROWS)
        });
        Ok(page.await?)
    }

    async fn revise(&self, revision: &Revision) -> Result<(), LedgerError> {
        let revision = revision.clone();
        self.alone(move |transaction| revise(transaction, &revision)).await?
    }
}

/// Keeps an entry in place of the one before.
pub(crate) fn keep(transaction: &Transaction<'_>, entry: &LedgerEntry) -> rusqlite::Result<()> {
    // `doubted_seconds` is a column of earlier versions, which must not be null.
    const REPLACE: &str = "
        INSERT OR REPLACE INTO transcription_ledger
            (object_key, device_id, date, time_block, model, language, transcribed_at_us,
             audio_seconds, speech_seconds, peak, loudest_second, voiced_seconds, doubted_seconds,
             work_seconds, cpu_seconds)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?14)";
    let LedgerEntry { object_key, slot, model, transcript } = entry;
    let sound = transcript.sound;
    transaction.prepare_cached(REPLACE)?.execute(params![
        object_key.as_str(),
        slot.device.as_str(),
        slot.date.to_string(),
        slot.block.to_string(),
        model.as_str(),
        transcript.language,
        Timestamp::now().as_microsecond(),
        transcript.audio.as_secs_f64(),
        transcript.speech.as_secs_f64(),
        sound.peak,
        sound.loudest_second,
        sound.voiced.as_secs_f64(),
        transcript.effort.map(|effort| effort.wall.as_secs_f64()),
        transcript.effort.map(|effort| effort.cpu.as_secs_f64()),
    ])?;
    write_segments(transaction, object_key.as_str(), transcript)
}

fn revise(
    transaction: &Transaction<'_>,
    revision: &Revision,
) -> rusqlite::Result<Result<(), LedgerError>> {
    const TIME: &str = "SELECT transcribed_at_us FROM transcription_ledger WHERE object_key = ?1";
    let Revision { slot, text, previous, records } = revision;
    if saved_text(transaction, slot)? != *previous {
        return Ok(Err(LedgerError::Changed));
    }
    for record in records {
        let key = record.entry.object_key.as_str();
        let mut time = transaction.prepare_cached(TIME)?;
        let time: Option<i64> = time.query_row(params![key], |row| row.get(0)).optional()?;
        if time != Some(record.at.as_microsecond()) {
            return Ok(Err(LedgerError::Changed));
        }
    }
    for record in records {
        let LedgerEntry { object_key, transcript, .. } = &record.entry;
        write_segments(transaction, object_key.as_str(), transcript)?;
    }
    let (device, date) = (slot.device.as_str(), slot.date.to_string());
    let values = params![device, date, slot.block.to_string(), text];
    transaction.prepare_cached(UPSERT_TEXT)?.execute(values)?;
    Ok(Ok(()))
}

/// Writes the segments of a recording in place of those before.
fn write_segments(
    transaction: &Transaction<'_>,
    key: &str,
    transcript: &Transcript,
) -> rusqlite::Result<()> {
    const CLEAR: &str = "DELETE FROM transcription_ledger_segments WHERE object_key = ?1";
    const INSERT: &str = "
        INSERT INTO transcription_ledger_segments
            (object_key, position, start_seconds, end_seconds, text, confidence, no_speech, reason,
             voice_seconds)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    transaction.prepare_cached(CLEAR)?.execute(params![key])?;
    let mut insert = transaction.prepare_cached(INSERT)?;
    for (position, (segment, reason)) in (0_i64..).zip(transcript.written()) {
        insert.execute(params![
            key,
            position,
            segment.start.as_secs_f64(),
            segment.end.as_secs_f64(),
            segment.text,
            segment.confidence,
            segment.no_speech,
            reason.map(watchme_core::RemovalReason::as_str),
            segment.voice.map(|voice| voice.as_secs_f64()),
        ])?;
    }
    Ok(())
}
