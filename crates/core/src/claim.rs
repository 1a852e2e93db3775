//! Claims: who works on which recording, for how long, and what came of earlier attempts.
//!
//! A claim is a lease with a fence. The lease ends by itself, so that the work of a process that
//! died is taken up by another; the fence, a number that grows with every claim of an object,
//! lets the store refuse whoever lost the lease without noticing. The rows of `audio_files` stay
//! as they are until the text is saved: nobody else who reads them loses sight of one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    DeviceId, Failure, FailureKind, LedgerEntry, ObjectKey, ParseIdError, RecordedAt,
    RecordingStatus, Slot, StoreError,
};

/// Where claims are kept: in the database of the recordings, and changed only inside its
/// transactions. All times are the database's.
#[async_trait]
pub trait ClaimStore: fmt::Debug + Send + Sync + 'static {
    /// Claims up to `limit` objects of `scope` for `owner`, each with all rows that name it. What
    /// somebody else holds is never among them, also where many ask at once.
    ///
    /// An object whose lease ran out once too often is quarantined instead: it may be what ended the
    /// processes that tried.
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError>;

    /// Makes the lease last `lease` from now. Allowed after its end, unless somebody else has
    /// claimed the object since: then [`ClaimError::Lost`].
    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError>;

    /// Saves the text and the ledger's entry, completes every row that names the object and ends
    /// the claim: all of it or nothing. [`ClaimError::Lost`] where the claim is not the object's latest any more, and
    /// [`ClaimError::TextChanged`] where the slot has another text than
    /// [`Completion::previous`].
    ///
    /// Repeating it after an answer was lost is [`Ok`] again.
    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError>;

    /// Ends the claim without a text, and says when the next attempt may be, if any.
    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError>;

    /// Gives the object back as if it had never been claimed: the attempt does not count.
    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError>;

    /// What is known of the objects that `query` names, each once, ordered by object key.
    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError>;

    /// Makes quarantined objects pending again, with all their attempts before them. Answers how
    /// many were. Objects that are not quarantined are left as they are.
    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError>;

    /// Every device that has a row, ordered by its id.
    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError>;
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Who asks. Unique among all processes, or two would take each other for one.
    pub owner: String,
    /// How long the claim holds unless it is renewed.
    pub lease: Duration,
    /// At most this many objects.
    pub limit: usize,
    /// Among which.
    pub scope: ClaimScope,
    /// Which come first.
    pub order: ClaimOrder,
    /// What happens to an object that was tried too often.
    pub quarantine: Quarantine,
}

/// Among which objects a worker claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimScope {
    /// Those with a pending row whose time has come: not quarantined, not backing off.
    Pending {
        /// Only of this device.
        device: Option<DeviceId>,
        /// Only rows with `from <= recorded_at < until`.
        window: Option<(Timestamp, Timestamp)>,
    },
    /// This one, if it has a pending row: a person asks, who need not wait out a back-off.
    Object(ObjectKey),
    /// This one, whatever its rows' statuses and its attempts are: a person wants it done again.
    Again(ObjectKey),
}

/// Which recordings come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClaimOrder {
    /// Those made first.
    #[default]
    OldestFirst,
    /// Those made last.
    NewestFirst,
}

/// What happens to an object that was tried too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// After this many attempts that count, the first included.
    pub max_strikes: u32,
    /// The status its pending rows get. [`RecordingStatus::Pending`] leaves them as they are.
    pub status: RecordingStatus,
}

/// A claimed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The right to finish it.
    pub ticket: Ticket,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// The right to finish an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Which object.
    pub object_key: ObjectKey,
    /// Whose it is.
    pub owner: String,
    /// Grows with each claim of the object.
    pub fence: i64,
}

/// A text to save.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Where it belongs.
    pub slot: Slot,
    /// The text of the whole slot.
    pub text: String,
    /// The text it was made from, which must still be there; `None`: the slot had none.
    pub previous: Option<String>,
    /// What the ledger keeps of the recording, where one is kept. A database without a ledger
    /// leaves it out, and the store warns of it once.
    pub entry: Option<LedgerEntry>,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Why.
    pub failure: Failure,
    /// How long until the next one.
    pub retry_after: Duration,
    /// Whether it counts towards quarantine.
    pub counts: bool,
    /// What happens to an object that was tried too often.
    pub quarantine: Quarantine,
}

/// What comes after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Another attempt, not before its time.
    Retry,
    /// None, until somebody asks for it.
    Quarantined,
}

/// Which objects a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimQuery {
    /// These, as far as they were ever claimed.
    Objects(Vec<ObjectKey>),
    /// Every quarantined one.
    Quarantined,
}

/// What is known of an object that was claimed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRecord {
    /// Which object.
    pub object_key: ObjectKey,
    /// How it stands.
    pub state: ClaimState,
    /// Who has or had it last.
    pub owner: String,
    /// Attempts since it was last completed or released from quarantine.
    pub attempts: u32,
    /// Those of them that count towards quarantine: the recording may have been at fault.
    pub strikes: u32,
    /// When the lease ends or ended.
    pub lease_until: Timestamp,
    /// When the next attempt may be.
    pub next_attempt: Timestamp,
    /// When it was claimed last.
    pub claimed_at: Timestamp,
    /// When that ended, if it did.
    pub finished_at: Option<Timestamp>,
    /// The class of the last failure since it was last completed; the name is
    /// [`FailureKind::as_str`]'s.
    pub last_error_kind: Option<String>,
    /// What the last failure was.
    pub last_error: Option<String>,
}

/// How an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimState {
    /// Somebody works on it, or did when the lease ran out.
    Claimed,
    /// It waits for its next attempt.
    Waiting,
    /// Its text is saved.
    Completed,
    /// It was tried too often.
    Quarantined,
}

/// A device and how far its recordings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSummary {
    /// Which.
    pub device: DeviceId,
    /// How many rows it has.
    pub recordings: u32,
    /// Its latest row.
    pub last_recorded_at: RecordedAt,
    /// How many rows are pending.
    pub pending: u32,
    /// The oldest of them.
    pub oldest_pending: Option<RecordedAt>,
    /// How many objects are quarantined.
    pub quarantined: u32,
}

/// Why a claim could not be made, kept or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The database has no claims. Work on one machine goes on without; workers need them.
    #[error("{backend} has no table of claims; {mend}")]
    NotInstalled {
        /// Which store.
        backend: &'static str,
        /// What to do.
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
    /// What to call this in a report.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NotInstalled { .. } => FailureKind::StoreDenied,
            Self::Lost | Self::TextChanged => FailureKind::ClaimLost,
            Self::Store(error) => error.kind(),
        }
    }
}

impl ClaimState {
    /// The state as the column has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Quarantined => "quarantined",
        }
    }
}

impl FromStr for ClaimState {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Claimed, Self::Waiting, Self::Completed, Self::Quarantined]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| ParseIdError::new("claim state", text, "a state of this version"))
    }
}
