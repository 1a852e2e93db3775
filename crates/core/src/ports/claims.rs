//! The port that keeps claims: which worker has which recording, and until when.
//!
//! A claim is a lease with a fence. The lease ends without anybody's help, so the work of a process
//! that died is taken up by another. The fence, a number that grows with every claim of an object,
//! lets the store refuse a worker that lost its lease without noticing. The rows of `audio_files`
//! stay as they are until the text is saved: no other reader of them loses sight of one.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::store::StoreError;
use crate::domain::{
    Claim, ClaimQuery, ClaimRecord, ClaimRequest, Completion, DeviceSummary, FailedAttempt,
    FailureKind, NextStep, ObjectKey, Ticket,
};

/// Claims in the database of the recordings, changed only inside its transactions. All times are
/// the database's.
#[async_trait]
pub trait ClaimStore: fmt::Debug + Send + Sync + 'static {
    /// Claims up to `limit` objects of `scope` for `owner`, each with all rows that name it. An
    /// object that somebody else holds is never among them, even where many ask at once.
    ///
    /// An object whose lease ran out once too often is quarantined instead: it may be what ended
    /// the processes that tried it. Only leases that ran out after [`ClaimStore::start`] count.
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError>;

    /// Makes the lease last `lease` from now. Allowed after its end, unless somebody else has
    /// claimed the object since: then [`ClaimError::Lost`].
    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError>;

    /// Renews the lease, and marks that the work on the object starts: if the lease runs out now,
    /// the object may be what ended the process. Before, it was only held.
    async fn start(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError>;

    /// Saves the text and the ledger's entry, completes every row that names the object and ends
    /// the claim: all of it or nothing. [`ClaimError::Lost`] where the claim is not the object's
    /// latest any more, and [`ClaimError::TextChanged`] where the slot has another text than
    /// [`Completion::previous`].
    ///
    /// Repeating it after an answer was lost is [`Ok`] again.
    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError>;

    /// Ends the claim without a text, and returns whether there may be another attempt.
    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError>;

    /// Gives the object back as if it had never been claimed: the attempt does not count.
    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError>;

    /// Returns the records of the objects that `query` names, each once, ordered by object key.
    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError>;

    /// Makes quarantined objects pending again, as if they had never been tried. Returns how many
    /// were. Objects that are not quarantined are left as they are.
    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError>;

    /// Returns every device that has a row, ordered by its id.
    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError>;
}

/// Reason a claim could not be made, kept or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The database has no claims. Work on one machine goes on without; workers need them.
    #[error("{backend} has no table of claims; {mend}")]
    NotInstalled {
        /// Name of the store.
        backend: &'static str,
        /// Advice.
        mend: &'static str,
    },
    /// Another worker has the object, because this one's lease ran out. Drop the work.
    #[error("the claim was lost to another worker")]
    Lost,
    /// Another recording of the slot was completed meanwhile. Read the text again and repeat.
    #[error("the slot has another text by now")]
    TextChanged,
    /// The store did not answer or did not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClaimError {
    /// Returns the class of this error in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotInstalled { .. } => FailureKind::StoreDenied,
            Self::Lost | Self::TextChanged => FailureKind::ClaimLost,
            Self::Store(error) => error.kind(),
        }
    }
}
