//! Which recordings may be listened to at a slot.

use std::collections::BTreeSet;

use crate::rules::slot_of;
use crate::{ObjectKey, Pipeline, RecordingQuery, RecordingRow, Slot, StoreError};

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
}
