//! The rules of this version, applied again to the records of the ledger: no audio is fetched and
//! nothing is transcribed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::explain::{ExplainedRecording, Explanation, Ledger};
use crate::domain::{
    DeviceId, LedgerRecord, LocalDate, ObjectKey, RecordingStatus, RemovalReason, Revision, Slot,
    TimeBlock,
};
use crate::ports::{LedgerError, StoreError};
use crate::rules::{self, Rejudged, day_query, is_joined_of, refiltered, rejudge};

/// Number of times a slot is read again because somebody wrote it meanwhile.
const MOST_ATTEMPTS: usize = 5;

/// Result of refiltering one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Refiltered {
    /// The slot.
    pub slot: Slot,
    /// Segments about which the rules of this version say otherwise, in order.
    pub changes: Vec<SegmentChange>,
    /// Effect on the text.
    pub outcome: RefilterOutcome,
}

/// A segment about which the rules of this version say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentChange {
    /// Recording it belongs to.
    pub object_key: ObjectKey,
    /// Start, from the start of the recording.
    pub start: Duration,
    /// End, from the start of the recording.
    pub end: Duration,
    /// Text as the engine wrote it.
    pub text: String,
    /// Reason it was left out until now; `None` if it was not.
    pub before: Option<RemovalReason>,
    /// Reason it is left out from now on; `None` if it is not.
    pub after: Option<RemovalReason>,
}

/// Effect of the rules on a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefilterOutcome {
    /// The rules say the same as before.
    Unchanged,
    /// The new text is saved, or would be.
    Revised,
    /// Nothing is changed: a completed recording of the slot is not in the ledger.
    NotKept,
    /// Nothing is changed: the saved text is not made of the records, somebody else wrote it.
    OtherText,
}

impl RefilterOutcome {
    /// Returns the code, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Revised => "revised",
            Self::NotKept => "not_kept",
            Self::OtherText => "other_text",
        }
    }
}

impl Ledger {
    /// Applies the rules of this version to the slots of a device's day, or to some of its
    /// blocks. Slots without a record are not in the answer. With `is_dry` nothing is written.
    pub async fn refilter(
        &self,
        device: &DeviceId,
        date: LocalDate,
        blocks: Option<&BTreeSet<TimeBlock>>,
        is_dry: bool,
    ) -> Result<Vec<Refiltered>, LedgerError> {
        let mut done = Vec::new();
        for block in self.recorded_blocks(device, date).await? {
            if blocks.is_none_or(|blocks| blocks.contains(&block)) {
                let slot = Slot { device: device.clone(), date, block };
                done.extend(self.refilter_slot(&slot, is_dry).await?);
            }
        }
        Ok(done)
    }

    async fn refilter_slot(
        &self,
        slot: &Slot,
        is_dry: bool,
    ) -> Result<Option<Refiltered>, LedgerError> {
        for _ in 1..MOST_ATTEMPTS {
            let explanation = self.explain(slot).await?;
            if explanation.recordings.iter().all(|recording| recording.kept.is_none()) {
                return Ok(None);
            }
            let (refiltered, revision) = self.judge(explanation);
            match revision.filter(|_| !is_dry) {
                None => return Ok(Some(refiltered)),
                Some(revision) => match self.store.revise(&revision).await {
                    Err(LedgerError::Changed) => {}
                    Err(error) => return Err(error),
                    Ok(()) => return Ok(Some(refiltered)),
                },
            }
        }
        Err(LedgerError::Changed)
    }

    /// Judges a slot by the rules, and returns the revision to write, if any.
    fn judge(&self, explanation: Explanation) -> (Refiltered, Option<Revision>) {
        let Explanation { slot, text: previous, recordings } = explanation;
        let is_unkept = |it: &ExplainedRecording| {
            it.kept.is_none() && it.status == Some(RecordingStatus::Completed)
        };
        let is_incomplete = recordings.iter().any(is_unkept);
        let before: Vec<LedgerRecord> = recordings.into_iter().filter_map(|it| it.kept).collect();
        let after: Vec<LedgerRecord> = before.iter().map(refilter_record).collect();
        let changes: Vec<SegmentChange> = before.iter().flat_map(changes_of).collect();
        let outcome = if changes.is_empty() {
            RefilterOutcome::Unchanged
        } else if is_incomplete {
            RefilterOutcome::NotKept
        } else if !self.is_text_of(previous.as_deref(), &before) {
            RefilterOutcome::OtherText
        } else {
            RefilterOutcome::Revised
        };
        let revision = (outcome == RefilterOutcome::Revised).then(|| Revision {
            slot: slot.clone(),
            text: self.pipeline.joined("", &texts(&after)),
            previous,
            records: before
                .into_iter()
                .zip(after)
                .filter(|(old, new)| old != new)
                .map(|(_, new)| new)
                .collect(),
        });
        (Refiltered { slot, changes, outcome }, revision)
    }

    /// True if a text is made of these records.
    fn is_text_of(&self, text: Option<&str>, records: &[LedgerRecord]) -> bool {
        let silent = self.pipeline.joined("", &[]);
        let text = text.filter(|text| *text != silent).unwrap_or_default();
        is_joined_of(text, &texts(records))
    }

    /// Returns the blocks of a day that have a recording, in order.
    async fn recorded_blocks(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<BTreeSet<TimeBlock>, StoreError> {
        let rows = self.pipeline.ports().store.recordings(&day_query(device, date)).await?;
        let recorded = rules::recorded_on(device, date, rows, &self.pipeline.policy().zone);
        Ok(recorded.into_iter().map(|(block, _)| block).collect())
    }
}

fn refilter_record(record: &LedgerRecord) -> LedgerRecord {
    let mut record = record.clone();
    record.entry.transcript = refiltered(&record.entry.transcript);
    record
}

fn texts(records: &[LedgerRecord]) -> Vec<String> {
    records.iter().map(|record| record.entry.transcript.text()).collect()
}

fn changes_of(record: &LedgerRecord) -> Vec<SegmentChange> {
    let changed = rejudge(&record.entry.transcript).into_iter().filter(|it| it.before != it.after);
    let change = |Rejudged { segment, before, after }: Rejudged<'_>| SegmentChange {
        object_key: record.entry.object_key.clone(),
        start: segment.start,
        end: segment.end,
        text: segment.text.clone(),
        before,
        after,
    };
    changed.map(change).collect()
}
