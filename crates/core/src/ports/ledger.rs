//! The port that keeps the ledger: what was heard in each recording, and what of it was left out.
//!
//! A text holds what was said. The ledger adds what else the engine wrote, why nobody said it, and
//! how loud the recording was. So any text, even an empty one, can be explained, and a rule that
//! was wrong can be undone without hearing the recording again.

use std::fmt;
use std::ops::RangeInclusive;

use async_trait::async_trait;

use super::store::StoreError;
use crate::domain::{
    DeviceId, LedgerEntry, LedgerRecord, LocalDate, Measured, ObjectKey, Revision, Slot,
};

/// The ledger in the database of the texts. Times are the database's.
#[async_trait]
pub trait LedgerStore: fmt::Debug + Send + Sync + 'static {
    /// Stores an entry in place of the object's earlier one. Idempotent.
    ///
    /// [`LedgerError::NotInstalled`] where the database has no ledger: the work goes on without,
    /// and the store has warned of it once.
    async fn keep(&self, entry: &LedgerEntry) -> Result<(), LedgerError>;

    /// Returns the records of a slot, ordered by object key.
    async fn kept(&self, slot: &Slot) -> Result<Vec<LedgerRecord>, LedgerError>;

    /// Returns the records of a device's day, ordered by block and object key.
    async fn kept_on(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<LedgerRecord>, LedgerError>;

    /// Returns the effort of the recordings of these local days: one page, in the store's own order
    /// of object keys, beginning after `after`. An empty page is the end. No text is read.
    async fn measured(
        &self,
        days: &RangeInclusive<LocalDate>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Measured>, LedgerError>;

    /// Changes the text of a slot and the segments of its records: all of it or nothing.
    /// [`LedgerError::Changed`] where the slot has another text than [`Revision::previous`], or
    /// one of the recordings was transcribed again since it was read.
    async fn revise(&self, revision: &Revision) -> Result<(), LedgerError>;
}

/// Reason the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The database has no ledger. Work goes on without.
    #[error("{backend} keeps no ledger; {mend}")]
    NotInstalled {
        /// Name of the store.
        backend: &'static str,
        /// Advice.
        mend: &'static str,
    },
    /// The slot was written meanwhile. Read it again and repeat.
    #[error("the slot has changed meanwhile; try again")]
    Changed,
    /// The store did not answer or did not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}
