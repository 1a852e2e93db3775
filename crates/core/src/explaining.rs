//! How a slot came to its text: every recording of it, and what is kept of each.

use std::sync::Arc;

use crate::pipeline::day_query;
use crate::rules::{self, Finding, finding};
use crate::{
    LedgerError, LedgerRecord, LedgerStore, ObjectKey, Pipeline, RecordedAt, RecordingStatus, Slot,
    StoreError,
};

/// Reads the ledger, and applies the rules of this version to it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) pipeline: Pipeline,
    pub(crate) store: Arc<dyn LedgerStore>,
}

/// How a slot came to its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Which slot.
    pub slot: Slot,
    /// Its saved text; `None` where nothing is saved.
    pub text: Option<String>,
    /// Its recordings, in their order.
    pub recordings: Vec<ExplainedRecording>,
}

/// One recording of a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedRecording {
    /// Where its audio is.
    pub object_key: ObjectKey,
    /// When it was made, by its row; `None` where its row is gone.
    pub recorded_at: Option<RecordedAt>,
    /// How far it got, by its row; `None` where its row is gone.
    pub status: Option<RecordingStatus>,
    /// What is kept of it; `None` where it was transcribed without a ledger, or not yet.
    pub kept: Option<LedgerRecord>,
}

impl Ledger {
    /// Over the recordings and texts of `pipeline`.
    #[must_use]
    pub fn new(pipeline: Pipeline, store: Arc<dyn LedgerStore>) -> Self {
        Self { pipeline, store }
    }

    /// How a slot came to its text.
    pub async fn explain(&self, slot: &Slot) -> Result<Explanation, LedgerError> {
        let mut kept = self.store.kept(slot).await?;
        let mut recordings = self.recordings(slot).await?;
        for recording in &mut recordings {
            let is_it = |record: &mut LedgerRecord| record.entry.object_key == recording.object_key;
            recording.kept = kept.extract_if(.., is_it).next();
        }
        // The row may be gone, and what was heard is still there.
        recordings.extend(kept.into_iter().map(|record| ExplainedRecording {
            object_key: record.entry.object_key.clone(),
            recorded_at: None,
            status: None,
            kept: Some(record),
        }));
        let text = self.pipeline.saved_text(slot).await?;
        Ok(Explanation { slot: slot.clone(), text, recordings })
    }

    /// The recordings of a slot by their rows, each once.
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
    /// What became of it, where that is kept.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        self.kept.as_ref().map(|record| finding(&record.entry.transcript))
    }
}
