//! The explanation of a slot's text: every recording of it, and its record in the ledger.

use std::sync::Arc;

use crate::domain::{LedgerRecord, ObjectKey, RecordedAt, RecordingStatus, Slot};
use crate::pipeline::Pipeline;
use crate::ports::{LedgerError, LedgerStore, StoreError};
use crate::rules::{self, Finding, day_query, finding};

/// Reads the ledger, and applies the rules of this version to it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) pipeline: Pipeline,
    pub(super) store: Arc<dyn LedgerStore>,
}

/// Explanation of a slot's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The slot.
    pub slot: Slot,
    /// Saved text; `None` if nothing is saved.
    pub text: Option<String>,
    /// Recordings of the slot, in their order.
    pub recordings: Vec<ExplainedRecording>,
}

/// One recording of a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedRecording {
    /// Key of its audio.
    pub object_key: ObjectKey,
    /// Time it was made, by its row; `None` if the row is gone.
    pub recorded_at: Option<RecordedAt>,
    /// Status of its row; `None` if the row is gone.
    pub status: Option<RecordingStatus>,
    /// Record in the ledger; `None` if it was transcribed without a ledger, or not yet.
    pub kept: Option<LedgerRecord>,
}

impl Pipeline {
    /// Returns the ledger, where one is kept.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        self.ledger_store().map(|store| Ledger::new(self.clone(), store.clone()))
    }
}

impl Ledger {
    /// Makes a reader of the ledger in `store`, over the recordings and texts of `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline, store: Arc<dyn LedgerStore>) -> Self {
        Self { pipeline, store }
    }

    /// Explains the text of a slot.
    pub async fn explain(&self, slot: &Slot) -> Result<Explanation, LedgerError> {
        let mut kept = self.store.kept(slot).await?;
        let mut recordings = self.recordings(slot).await?;
        for recording in &mut recordings {
            let is_it = |record: &mut LedgerRecord| record.entry.object_key == recording.object_key;
            recording.kept = kept.extract_if(.., is_it).next();
        }
        // The row may be gone while the record is still there.
        recordings.extend(kept.into_iter().map(|record| ExplainedRecording {
            object_key: record.entry.object_key.clone(),
            recorded_at: None,
            status: None,
            kept: Some(record),
        }));
        let text = self.pipeline.saved_text(slot).await?;
        Ok(Explanation { slot: slot.clone(), text, recordings })
    }

    /// Returns the recordings of a slot by their rows, each once.
    async fn recordings(&self, slot: &Slot) -> Result<Vec<ExplainedRecording>, StoreError> {
        let zone = &self.pipeline.policy().zone;
        let rows =
            self.pipeline.ports().store.recordings(&day_query(&slot.device, slot.date)).await?;
        let mut recordings: Vec<ExplainedRecording> = Vec::new();
        for (block, row) in rules::recorded_on(&slot.device, slot.date, rows, zone) {
            let is_known = recordings.iter().any(|known| known.object_key == row.object_key);
            if block == slot.block && !is_known {
                recordings.push(ExplainedRecording {
                    object_key: row.object_key,
                    recorded_at: Some(row.id.recorded_at),
                    status: Some(row.status),
                    kept: None,
                });
            }
        }
        Ok(recordings)
    }
}

impl ExplainedRecording {
    /// Explains its text, if it is in the ledger.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        self.kept.as_ref().map(|record| finding(&record.entry.transcript))
    }
}
