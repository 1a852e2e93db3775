//! The ledger of [`FakeStore`].

use async_trait::async_trait;
use jiff::Timestamp;
use watchme_core::{LedgerEntry, LedgerError, LedgerRecord, LedgerStore, Revision, Slot};

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
