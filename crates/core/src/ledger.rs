//! The ledger: what was heard in each recording and what of it was left out, kept beside the text.
//!
//! A text says what was said. The ledger says what else the engine wrote, why nobody said it, and
//! how loud the recording was, so that a text, also an empty one, can be explained and a rule that
//! was wrong undone without hearing the recording again.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{DeviceId, Effort, LocalDate, ModelName, ObjectKey, Slot, StoreError, Transcript};

/// Where the ledger is kept: in the database of the texts. Times are the database's.
#[async_trait]
pub trait LedgerStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps an entry in the place of what was kept of its object before. Idempotent.
    ///
    /// [`LedgerError::NotInstalled`] where the database has no ledger: the work goes on without,
    /// and the store has warned of it once.
    async fn keep(&self, entry: &LedgerEntry) -> Result<(), LedgerError>;

    /// What is kept of the recordings of a slot, ordered by object key.
    async fn kept(&self, slot: &Slot) -> Result<Vec<LedgerRecord>, LedgerError>;

    /// What is kept of the recordings of a device's day, ordered by block and object key.
    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, LedgerError>;

    /// What the recordings of these local days took: a page of them in the store's own order of
    /// their object keys, those behind `after`. An empty page is the end. No text is read.
    async fn measured(
        &self,
        days: &RangeInclusive<LocalDate>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Measured>, LedgerError>;

    /// Changes the text of a slot and what is kept of its segments: all of it or nothing.
    /// [`LedgerError::Changed`] where the slot has another text than [`Revision::previous`], or
    /// one of the recordings was transcribed again since it was read.
    async fn revise(&self, revision: &Revision) -> Result<(), LedgerError>;
}

/// What was heard in one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// Which recording.
    pub object_key: ObjectKey,
    /// Where its text belongs.
    pub slot: Slot,
    /// Which model heard it.
    pub model: ModelName,
    /// What it heard, and what was left out.
    pub transcript: Transcript,
}

/// What one recording was and took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Which recording.
    pub object_key: ObjectKey,
    /// How long it is.
    pub audio: Duration,
    /// How much of it the engine was given.
    pub speech: Duration,
    /// What it took; `None` where that was not measured.
    pub effort: Option<Effort>,
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRecord {
    /// The entry.
    pub entry: LedgerEntry,
    /// When the recording was transcribed.
    pub at: Timestamp,
}

/// Other rules, applied to a slot again.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Which slot.
    pub slot: Slot,
    /// Its text from now on.
    pub text: String,
    /// The text that must still be there; `None`: the slot had none.
    pub previous: Option<String>,
    /// The records whose segments change. Of each only these do.
    pub records: Vec<LedgerRecord>,
}

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The database has no ledger. Work goes on without.
    #[error("{backend} keeps no ledger; {mend}")]
    NotInstalled {
        /// Which store.
        backend: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// The slot was written meanwhile. Read it again and repeat.
    #[error("the slot has changed meanwhile; try again")]
    Changed,
    /// The store did not answer or did not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}
