//! A [`TranscriptStore`] in memory, with a log of its writes and scripted failures.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use watchme_core::{
    Check, DeviceId, LedgerRecord, LocalDate, RecordedAt, Recording, RecordingId, RecordingQuery,
    RecordingRow, RecordingStatus, SavedSlot, SavedTranscript, Slot, StoreError, TranscriptStore,
    UnreadableRow,
};

use crate::RecordingSeed;
use crate::fake_claims::Claims;

/// Rows and texts in memory. Cheap to clone; clones share everything.
#[derive(Clone, Default)]
pub struct FakeStore {
    /// A plain lock, since it is never held across an await.
    tables: Arc<Mutex<Tables>>,
}

/// Something the store did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Rows were read.
    Read(RecordingQuery),
    /// A text was saved.
    Saved(Slot, String),
    /// A status was set.
    Marked(RecordingId, RecordingStatus),
    /// A claim was completed: its text saved and its rows marked at once.
    Completed(Slot, String),
    /// The records of a slot were judged again, and its new text was saved.
    Revised(Slot, String),
}

#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) rows: Vec<Row>,
    pub(crate) texts: BTreeMap<Slot, String>,
    pub(crate) claims: Claims,
    pub(crate) has_no_claims: bool,
    /// Ledger records by object key.
    pub(crate) ledger: BTreeMap<String, LedgerRecord>,
    pub(crate) has_no_ledger: bool,
    pub(crate) operations: Vec<Operation>,
    pub(crate) claims_to_fail: Failures,
    reads_to_fail: Failures,
    saves_to_fail: Failures,
    marks_to_fail: Failures,
}

pub(crate) struct Row {
    pub(crate) device: String,
    pub(crate) recorded_at: RecordedAt,
    pub(crate) object_key: String,
    pub(crate) status: RecordingStatus,
    local_date: Option<LocalDate>,
    time_block: Option<watchme_core::TimeBlock>,
}

/// Number of calls that will fail, and their error.
#[derive(Default)]
pub(crate) struct Failures {
    left: usize,
    error: Option<Box<dyn Fn() -> StoreError + Send>>,
}

impl FakeStore {
    /// Makes a store of these rows.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = RecordingSeed>) -> Self {
        let store = Self::default();
        store.add(rows);
        store
    }

    /// Adds rows.
    pub fn add(&self, rows: impl IntoIterator<Item = RecordingSeed>) {
        self.tables().rows.extend(rows.into_iter().map(Row::from));
    }

    /// Makes the next `count` reads of rows or texts fail with `error`.
    pub fn fail_reads(&self, count: usize, error: impl Fn() -> StoreError + Send + 'static) {
        self.tables().reads_to_fail.set(count, error);
    }

    /// Makes the next `count` saves fail with `error`, and save nothing.
    pub fn fail_saves(&self, count: usize, error: impl Fn() -> StoreError + Send + 'static) {
        self.tables().saves_to_fail.set(count, error);
    }

    /// Makes the next `count` marks fail with `error`, and mark nothing.
    pub fn fail_marks(&self, count: usize, error: impl Fn() -> StoreError + Send + 'static) {
        self.tables().marks_to_fail.set(count, error);
    }

    /// Returns the operations of the store, in order, without failed ones.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.tables().operations.clone()
    }

    /// Clears [`Self::operations`], which grow with each call.
    pub fn forget_operations(&self) {
        self.tables().operations.clear();
    }

    /// Returns the statuses of the rows that name `key`, in the order of their recording.
    #[must_use]
    pub fn statuses(&self, key: &str) -> Vec<String> {
        let tables = self.tables();
        let rows = tables.in_order(|row| row.object_key == key);
        rows.iter().map(|row| row.status.to_string()).collect()
    }

    /// Returns the text of a slot.
    #[must_use]
    pub fn text(&self, slot: &Slot) -> Option<String> {
        self.tables().texts.get(slot).cloned()
    }

    /// Returns the number of slots with a text.
    #[must_use]
    pub fn text_count(&self) -> usize {
        self.tables().texts.len()
    }

    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    pub(crate) fn in_order(&self, is_wanted: impl Fn(&Row) -> bool) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| is_wanted(row)).collect();
        rows.sort_by(|a, b| (&a.recorded_at, &a.device).cmp(&(&b.recorded_at, &b.device)));
        rows
    }
}

impl Failures {
    pub(crate) fn set(&mut self, count: usize, error: impl Fn() -> StoreError + Send + 'static) {
        *self = Self { left: count, error: Some(Box::new(error)) };
    }

    pub(crate) fn check(&mut self) -> Result<(), StoreError> {
        let Some(error) = self.error.as_ref().filter(|_| self.left > 0) else { return Ok(()) };
        self.left -= 1;
        Err(error())
    }
}

impl Row {
    fn answer(&self) -> RecordingRow {
        let unreadable = |reason: String| {
            RecordingRow::Unreadable(UnreadableRow {
                label: if self.object_key.is_empty() {
                    format!("{} {}", self.device, self.recorded_at)
                } else {
                    self.object_key.clone()
                },
                recorded_at: Some(self.recorded_at.clone()),
                status: self.status.clone(),
                reason,
            })
        };
        let device = match self.device.parse() {
            Ok(device) => device,
            Err(error) => return unreadable(format!("{error}")),
        };
        match self.object_key.parse() {
            Ok(object_key) => RecordingRow::Readable(Recording {
                id: RecordingId { device, recorded_at: self.recorded_at.clone() },
                object_key,
                status: self.status.clone(),
                local_date: self.local_date,
                time_block: self.time_block,
            }),
            Err(error) => unreadable(format!("{error}")),
        }
    }
}

impl From<RecordingSeed> for Row {
    fn from(seed: RecordingSeed) -> Self {
        Self {
            recorded_at: seed.recorded_at(),
            device: seed.device,
            object_key: seed.object_key,
            status: seed.status.parse().unwrap_or_else(|never| match never {}),
            local_date: seed.local_date.and_then(|text| text.parse().ok()),
            time_block: seed.time_block.and_then(|text| text.parse().ok()),
        }
    }
}

#[async_trait]
impl TranscriptStore for FakeStore {
    async fn recordings(&self, query: &RecordingQuery) -> Result<Vec<RecordingRow>, StoreError> {
        let mut tables = self.tables();
        tables.reads_to_fail.check()?;
        tables.operations.push(Operation::Read(query.clone()));
        let rows = tables.in_order(|row| match query {
            RecordingQuery::Window { device, from, until } => {
                let instant = row.recorded_at.instant();
                row.device == device.as_str() && *from <= instant && instant < *until
            }
            RecordingQuery::Objects(keys) => keys.iter().any(|key| key.as_str() == row.object_key),
            RecordingQuery::Pending => row.status == RecordingStatus::Pending,
            RecordingQuery::Failed => row.status == RecordingStatus::Failed,
        });
        Ok(rows.into_iter().map(Row::answer).collect())
    }

    async fn save(&self, slot: &Slot, text: &str) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.saves_to_fail.check()?;
        tables.operations.push(Operation::Saved(slot.clone(), text.to_owned()));
        tables.texts.insert(slot.clone(), text.to_owned());
        Ok(())
    }

    async fn mark(&self, id: &RecordingId, status: &RecordingStatus) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.marks_to_fail.check()?;
        let same =
            |row: &&mut Row| row.device == id.device.as_str() && row.recorded_at == id.recorded_at;
        let Some(row) = tables.rows.iter_mut().find(same) else {
            return Err(StoreError::NotWritten {
                backend: "the fake store",
                table: "audio_files",
                reason: "there is no such row",
            });
        };
        row.status = status.clone();
        tables.operations.push(Operation::Marked(id.clone(), status.clone()));
        Ok(())
    }

    async fn transcripts(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<SavedTranscript>, StoreError> {
        let mut tables = self.tables();
        tables.reads_to_fail.check()?;
        let of_day =
            tables.texts.iter().filter(|(slot, _)| slot.device == *device && slot.date == date);
        let saved =
            of_day.map(|(slot, text)| SavedTranscript { slot: slot.clone(), text: text.clone() });
        Ok(saved.collect())
    }

    async fn saved_slots(
        &self,
        device: &DeviceId,
        days: &RangeInclusive<LocalDate>,
        silence_text: &str,
    ) -> Result<Vec<SavedSlot>, StoreError> {
        let mut tables = self.tables();
        tables.reads_to_fail.check()?;
        let of_days = tables
            .texts
            .iter()
            .filter(|(slot, _)| slot.device == *device && days.contains(&slot.date));
        let saved = of_days.map(|(slot, text)| SavedSlot {
            date: slot.date,
            block: slot.block,
            is_silent: text.is_empty() || text == silence_text,
        });
        Ok(saved.collect())
    }

    async fn check(&self) -> Vec<Check> {
        vec![Check::pass("store", "in memory")]
    }
}

impl fmt::Debug for FakeStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables();
        f.debug_struct("FakeStore")
            .field("rows", &tables.rows.len())
            .field("texts", &tables.texts.len())
            .finish_non_exhaustive()
    }
}
