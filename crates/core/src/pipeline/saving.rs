//! Saving the text of a slot, which several recordings may share.

use super::Pipeline;
use super::claiming::Claims;
use crate::domain::{
    Claim, Completion, LedgerEntry, ModelName, ObjectKey, RecordingRow, RecordingStatus, Slot,
    Transcript,
};
use crate::ports::{ClaimError, LedgerError, StoreError};
use crate::rules::{self, PlannedObject, day_query};

/// Number of times a text is joined again because another recording of the slot was completed
/// meanwhile. Each time one of them is done; a half hour does not have more.
const MOST_REVISIONS: usize = 30;

impl Pipeline {
    /// Saves the text of a slot. Ledger before text before status: a crash between them repeats
    /// work, and loses none.
    pub(super) async fn save(
        &self,
        slot: &Slot,
        heard: &[(&PlannedObject, Transcript)],
        model: &ModelName,
    ) -> Result<(), StoreError> {
        for (object, transcript) in heard {
            self.keep(object, transcript, model).await?;
        }
        let keys: Vec<&ObjectKey> = heard.iter().map(|(object, _)| &object.key).collect();
        let texts: Vec<String> = heard.iter().map(|(_, transcript)| transcript.text()).collect();
        let kept = if self.is_shared(slot, &keys).await? {
            self.saved_text(slot).await?.unwrap_or_default()
        } else {
            String::new()
        };
        self.ports().store.save(slot, &self.joined(&kept, &texts)).await
    }

    /// Saves the text of one claimed object into its slot and completes its rows.
    pub(super) async fn complete_claimed(
        &self,
        claims: &Claims,
        claim: &Claim,
        object: &PlannedObject,
        transcript: &Transcript,
        model: &ModelName,
    ) -> Result<(), ClaimError> {
        let entry = self.ledger_store().map(|_| entry(object, transcript, model));
        let slot = &object.slot;
        let texts = [transcript.text()];
        for _ in 1..MOST_REVISIONS {
            // The text first: whoever completes another recording of the slot after this changes
            // it, and the store refuses ours.
            let previous = self.saved_text(slot).await?;
            let is_shared = self.is_shared(slot, &[&object.key]).await?;
            let kept = previous.as_deref().filter(|_| is_shared).unwrap_or_default();
            let text = self.joined(kept, &texts);
            let (slot, entry) = (slot.clone(), entry.clone());
            let completion = Completion { slot, text, previous, entry };
            match claims.complete(claim, &completion).await {
                Err(ClaimError::TextChanged) => {}
                ended => return ended,
            }
        }
        Err(ClaimError::TextChanged)
    }

    /// Keeps the transcript in the ledger, where there is one.
    async fn keep(
        &self,
        object: &PlannedObject,
        transcript: &Transcript,
        model: &ModelName,
    ) -> Result<(), StoreError> {
        let Some(ledger) = self.ledger_store() else { return Ok(()) };
        match ledger.keep(&entry(object, transcript, model)).await {
            Err(LedgerError::Store(error)) => Err(error),
            // A database without one goes on as before.
            Ok(()) | Err(LedgerError::NotInstalled { .. } | LedgerError::Changed) => Ok(()),
        }
    }

    /// True if other, completed recordings belong to `slot`, whose text must be kept.
    async fn is_shared(&self, slot: &Slot, keys: &[&ObjectKey]) -> Result<bool, StoreError> {
        let rows = self.ports().store.recordings(&day_query(&slot.device, slot.date)).await?;
        Ok(rows.iter().any(|row| match row {
            RecordingRow::Readable(other) => {
                other.status == RecordingStatus::Completed
                    && !keys.contains(&&other.object_key)
                    && rules::slot_of(other, &self.policy().zone) == *slot
            }
            RecordingRow::Unreadable(_) => false,
        }))
    }

    /// Returns the saved text of a slot.
    pub(crate) async fn saved_text(&self, slot: &Slot) -> Result<Option<String>, StoreError> {
        let saved = self.ports().store.transcripts(&slot.device, slot.date).await?;
        Ok(saved.into_iter().find(|saved| saved.slot == *slot).map(|saved| saved.text))
    }

    /// Joins the text of a slot; if nobody spoke, that is the silence text.
    pub(crate) fn joined(&self, kept: &str, texts: &[String]) -> String {
        let silence = &self.policy().silence_text;
        let kept = if kept == silence { "" } else { kept };
        let text = rules::join_slot(kept, texts);
        if text.is_empty() { silence.clone() } else { text }
    }
}

fn entry(object: &PlannedObject, transcript: &Transcript, model: &ModelName) -> LedgerEntry {
    LedgerEntry {
        object_key: object.key.clone(),
        slot: object.slot.clone(),
        model: model.clone(),
        transcript: transcript.clone(),
    }
}
