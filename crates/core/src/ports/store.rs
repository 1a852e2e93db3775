//! The port that lists recordings and keeps their texts.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{
    BoxError, Check, DeviceId, FailureKind, LocalDate, RecordingId, RecordingQuery, RecordingRow,
    RecordingStatus, SavedSlot, SavedTranscript, Slot,
};

/// A database that lists recordings and keeps their texts.
#[async_trait]
pub trait TranscriptStore: fmt::Debug + Send + Sync + 'static {
    /// Returns every row that the query names, without a limit, each once, ordered by
    /// `recorded_at`. A row that cannot be read is a [`RecordingRow::Unreadable`] among the others.
    async fn recordings(&self, query: &RecordingQuery) -> Result<Vec<RecordingRow>, StoreError>;

    /// Inserts or replaces the text of a slot. Idempotent. When this returns `Ok`, the text is
    /// durable. Other columns of the row are left as they are.
    async fn save(&self, slot: &Slot, text: &str) -> Result<(), StoreError>;

    /// Sets the status of one recording. Idempotent. [`StoreError::NotWritten`] where no row
    /// changed.
    async fn mark(&self, id: &RecordingId, status: &RecordingStatus) -> Result<(), StoreError>;

    /// Returns the saved texts of a device's day, ordered by block.
    async fn transcripts(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<SavedTranscript>, StoreError>;

    /// Returns the slots of a device's days that have a text, ordered by day and block, and for
    /// each whether that text is empty or `silence_text`. The texts themselves, however long, are
    /// not read from the store.
    async fn saved_slots(
        &self,
        device: &DeviceId,
        days: &RangeInclusive<LocalDate>,
        silence_text: &str,
    ) -> Result<Vec<SavedSlot>, StoreError>;

    /// Checks that tables, columns and permissions are there, without changing anything.
    async fn check(&self) -> Vec<Check>;
}

/// Reason the store did not answer or did not write, named by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or is overloaded, after all retries. Try again later.
    #[error("{backend} is unavailable")]
    Unavailable {
        /// Name of the store.
        backend: &'static str,
        /// Time that it asked us to wait.
        retry_after: Option<Duration>,
        /// Cause.
        source: BoxError,
    },
    /// The store refuses us or lacks a table or column: every other write will fail too.
    #[error("{backend} refuses the request: {reason}")]
    Denied {
        /// Name of the store.
        backend: &'static str,
        /// Cause, and advice.
        reason: String,
    },
    /// The store refuses this row. Other rows may pass.
    #[error("{backend} refuses the row: {reason}")]
    InvalidRow {
        /// Name of the store.
        backend: &'static str,
        /// Cause.
        reason: String,
    },
    /// The write was accepted and changed nothing.
    #[error("{backend} accepted the write to `{table}` and changed no row: {reason}")]
    NotWritten {
        /// Name of the store.
        backend: &'static str,
        /// Name of the table.
        table: &'static str,
        /// Likely cause, and advice.
        reason: &'static str,
    },
}

impl StoreError {
    /// Returns the class of this error in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unavailable { .. } => FailureKind::StoreUnavailable,
            Self::Denied { .. } => FailureKind::StoreDenied,
            Self::InvalidRow { .. } => FailureKind::RowRefused,
            Self::NotWritten { .. } => FailureKind::NotWritten,
        }
    }
}
