//! A device's day: its slots, what was said in them, and the recordings behind them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::{
    DeviceId, LedgerRecord, LocalDate, ObjectKey, RecordingQuery, RecordingRow, Slot,
};
use crate::pipeline::Pipeline;
use crate::ports::{LedgerError, StoreError};
use crate::rules::{self, DaySlot, SlotState, Spoken, day_query, slot_of, spoken_on};

impl Pipeline {
    /// Returns a device's day as its readers see it at `now`. Each slot states the progress of the
    /// work on it, where the pipeline claims and the database keeps claims, and which parts of its
    /// text are doubtful, where a ledger keeps them.
    pub async fn day(
        &self,
        device: &DeviceId,
        date: LocalDate,
        now: Timestamp,
    ) -> Result<Vec<DaySlot>, StoreError> {
        let (store, policy) = (&self.ports().store, self.policy());
        let rows = store.recordings(&day_query(device, date)).await?;
        let saved = store.transcripts(device, date).await?;
        let recorded = rules::recorded_on(device, date, rows, &policy.zone);
        let mut slots = rules::day_of(&recorded, &saved, &policy.silence_text);
        if let Some(claiming) = self.claims() {
            let keys = recorded.iter().map(|(_, recording)| recording.object_key.clone());
            let claims = claiming.records(keys.collect()).await?;
            rules::note_work(&mut slots, &recorded, &claims, &claiming.quarantine, now);
        }
        if slots.iter().any(|slot| matches!(slot.state, SlotState::Text(_))) {
            rules::note_doubt(&mut slots, &self.kept_on(device, date).await?);
        }
        Ok(slots)
    }

    /// Returns what was said in the slots of a device's day: segment by segment where a ledger keeps
    /// them, slot by slot where it does not.
    pub async fn spoken(
        &self,
        device: &DeviceId,
        date: LocalDate,
        slots: &[DaySlot],
    ) -> Result<Vec<Spoken>, StoreError> {
        Ok(spoken_on(slots, &self.kept_on(device, date).await?))
    }

    /// Returns the ledger's records of a device's day; none where there is no ledger.
    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, StoreError> {
        let Some(ledger) = self.ledger_store() else { return Ok(Vec::new()) };
        match ledger.kept_on(device, date).await {
            Ok(kept) => Ok(kept),
            Err(LedgerError::Store(error)) => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Returns true if a row says that this object is a recording of `slot`.
    pub async fn is_recorded_in(&self, slot: &Slot, key: &ObjectKey) -> Result<bool, StoreError> {
        let query = RecordingQuery::Objects(BTreeSet::from([key.clone()]));
        let rows = self.ports().store.recordings(&query).await?;
        let zone = &self.policy().zone;
        Ok(rows.iter().any(|row| match row {
            RecordingRow::Readable(recording) => slot_of(recording, zone) == *slot,
            RecordingRow::Unreadable(_) => false,
        }))
    }
}
