//! What frontends hand out of a day beside its texts: recordings to listen to, and what was said
//! when.

use std::collections::BTreeSet;

use crate::rules::{DaySlot, Spoken, slot_of, spoken_on};
use crate::{
    DeviceId, LedgerError, LocalDate, ObjectKey, Pipeline, RecordingQuery, RecordingRow, Slot,
    StoreError,
};

impl Pipeline {
    /// Whether a row says that this object is a recording of `slot`.
    pub async fn is_recorded_in(&self, slot: &Slot, key: &ObjectKey) -> Result<bool, StoreError> {
        let query = RecordingQuery::Objects(BTreeSet::from([key.clone()]));
        let rows = self.ports().store.recordings(&query).await?;
        let zone = &self.policy().zone;
        Ok(rows.iter().any(|row| match row {
            RecordingRow::Readable(recording) => slot_of(recording, zone) == *slot,
            RecordingRow::Unreadable(_) => false,
        }))
    }

    /// What was said on a device's day, of which these are the slots: segment by segment where a
    /// ledger keeps them, slot by slot where it does not.
    pub async fn spoken(
        &self,
        device: &DeviceId,
        date: LocalDate,
        slots: &[DaySlot],
    ) -> Result<Vec<Spoken>, StoreError> {
        let kept = match self.ledger_store() {
            None => Vec::new(),
            Some(ledger) => match ledger.kept_on(device, date).await {
                Ok(kept) => kept,
                Err(LedgerError::Store(error)) => return Err(error),
                Err(_) => Vec::new(),
            },
        };
        Ok(spoken_on(slots, &kept))
    }
}
