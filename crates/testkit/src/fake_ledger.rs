//! The ledger of [`FakeStore`].

use std::ops::RangeInclusive;

use async_trait::async_trait;
use jiff::Timestamp;
use watchme_core::{
    DeviceId, LedgerEntry, LedgerError, LedgerRecord, LedgerStore, LocalDate, Measured, ObjectKey,
    Revision, Slot,
};

use crate::FakeStore;
use crate::fake_store::{Operation, Tables};

#[async_trait]
impl LedgerStore for FakeStore {
    async fn keep(&self, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let tables = &mut *self.tables();
        tables.check_ledger()?;
        tables.keep(entry);
        Ok(())
    }

    async fn kept(&self, slot: &Slot) -> Result<Vec<LedgerRecord>, LedgerError> {
        let tables = &mut *self.tables();
        tables.check_ledger()?;
        let of_slot = tables.ledger.values().filter(|record| record.entry.slot == *slot);
        Ok(of_slot.cloned().collect())
    }

    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, LedgerError> {
        let tables = &mut *self.tables();
        tables.check_ledger()?;
        let is_of_day = |record: &&LedgerRecord| {
            record.entry.slot.device == *device && record.entry.slot.date == date
        };
        let mut kept: Vec<_> = tables.ledger.values().filter(is_of_day).cloned().collect();
        // A stable sort: the records of a block stay in the order of their keys.
        kept.sort_by_key(|record| record.entry.slot.block);
        Ok(kept)
    }

    async fn measured(
        &self,
        days: &RangeInclusive<LocalDate>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Measured>, LedgerError> {
        /// Size of a page: small, so that every test reads several.
        const PAGE: usize = 2;
        let tables = &mut *self.tables();
        tables.check_ledger()?;
        let measured = |LedgerRecord { entry, .. }: &LedgerRecord| Measured {
            object_key: entry.object_key.clone(),
            audio: entry.transcript.audio,
            speech: entry.transcript.speech,
            effort: entry.transcript.effort,
        };
        let of_days = tables.ledger.values().filter(|record| {
            days.contains(&record.entry.slot.date)
                && after.is_none_or(|after| record.entry.object_key > *after)
        });
        Ok(of_days.take(PAGE).map(measured).collect())
    }

    async fn revise(&self, revision: &Revision) -> Result<(), LedgerError> {
        let tables = &mut *self.tables();
        tables.check_ledger()?;
        let is_as_read = |record: &LedgerRecord| {
            let kept = tables.ledger.get(record.entry.object_key.as_str());
            kept.is_some_and(|kept| kept.at == record.at)
        };
        if tables.texts.get(&revision.slot) != revision.previous.as_ref()
            || !revision.records.iter().all(is_as_read)
        {
            return Err(LedgerError::Changed);
        }
        for record in &revision.records {
            let key = record.entry.object_key.to_string();
            tables.ledger.insert(key, record.clone());
        }
        tables.texts.insert(revision.slot.clone(), revision.text.clone());
        let (slot, text) = (revision.slot.clone(), revision.text.clone());
        tables.operations.push(Operation::Revised(slot, text));
        Ok(())
    }
}

impl FakeStore {
    /// Takes the ledger away, as in a database without the migration.
    pub fn remove_ledger(&self) {
        self.tables().has_no_ledger = true;
    }
}

impl Tables {
    pub(crate) fn keep(&mut self, entry: &LedgerEntry) {
        if !self.has_no_ledger {
            let record = LedgerRecord { entry: entry.clone(), at: Timestamp::now() };
            self.ledger.insert(entry.object_key.to_string(), record);
        }
    }

    fn check_ledger(&self) -> Result<(), LedgerError> {
        if self.has_no_ledger {
            return Err(LedgerError::NotInstalled { backend: "the fake store", mend: "add one" });
        }
        Ok(())
    }
}
