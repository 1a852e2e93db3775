//! Claims: requests for one, the right to finish an object, and the record of earlier attempts.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::ids::{DeviceId, ObjectKey, ParseIdError};
use super::ledger::LedgerEntry;
use super::recording::{RecordedAt, RecordingStatus, Slot};
use super::report::Failure;

/// Request of a worker for objects to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Worker that asks. Unique among all processes: two of the same name would share their claims.
    pub owner: String,
    /// Time the claim holds unless it is renewed.
    pub lease: Duration,
    /// Largest number of objects.
    pub limit: usize,
    /// Objects to choose from.
    pub scope: ClaimScope,
    /// Order of preference.
    pub order: ClaimOrder,
    /// Treatment of an object that was tried too often.
    pub quarantine: Quarantine,
}

/// Objects among which a worker claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimScope {
    /// Objects with a pending row that are due: not quarantined, not backing off.
    Pending {
        /// Only of this device.
        device: Option<DeviceId>,
        /// Only rows with `from <= recorded_at < until`.
        window: Option<(Timestamp, Timestamp)>,
    },
    /// This object, if it has a pending row: a person asks, who need not wait out a back-off.
    Object(ObjectKey),
    /// This object, in any status and after any number of attempts: a person wants it done again.
    Again(ObjectKey),
}

/// Order in which recordings are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClaimOrder {
    /// First those that were recorded first.
    #[default]
    OldestFirst,
    /// First those that were recorded last.
    NewestFirst,
}

/// Treatment of an object that was tried too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// Number of attempts that count, the first included, after which it is quarantined.
    pub max_strikes: u32,
    /// Status that its pending rows get. [`RecordingStatus::Pending`] leaves them as they are.
    pub status: RecordingStatus,
}

/// A claimed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Right to finish it.
    pub ticket: Ticket,
    /// Number of this attempt, from 1.
    pub attempt: u32,
}

/// The right to finish an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Object to finish.
    pub object_key: ObjectKey,
    /// Worker that holds it.
    pub owner: String,
    /// Number that grows with each claim of the object.
    pub fence: i64,
}

/// A text to save.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Slot it belongs to.
    pub slot: Slot,
    /// Text of the whole slot.
    pub text: String,
    /// Text it was made from, which must still be there; `None` if the slot had none.
    pub previous: Option<String>,
    /// Entry for the ledger, where one is kept. A database without a ledger leaves it out, and
    /// the store warns of it once.
    pub entry: Option<LedgerEntry>,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Reason it failed.
    pub failure: Failure,
    /// Time until the next attempt.
    pub retry_after: Duration,
    /// True if it counts towards quarantine.
    pub counts: bool,
    /// Treatment of an object that was tried too often.
    pub quarantine: Quarantine,
}

/// Next step after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Another attempt, not before its time.
    Retry,
    /// No attempt, until somebody asks for it.
    Quarantined,
}

/// Objects whose records a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimQuery {
    /// These objects, as far as they were ever claimed.
    Objects(Vec<ObjectKey>),
    /// Every quarantined object.
    Quarantined,
}

/// Record of an object that was claimed at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRecord {
    /// Object of the record.
    pub object_key: ObjectKey,
    /// State of the object.
    pub state: ClaimState,
    /// Worker that has it, or had it last.
    pub owner: String,
    /// Number of attempts since it was last completed or released from quarantine.
    pub attempts: u32,
    /// Number of those that count towards quarantine: the recording may have been at fault.
    pub strikes: u32,
    /// True if the work has started since the latest claim. If the lease runs out after that, the
    /// attempt counts towards quarantine: the recording may have ended the process.
    pub is_started: bool,
    /// End of the lease.
    pub lease_until: Timestamp,
    /// Earliest time of the next attempt.
    pub next_attempt: Timestamp,
    /// Time of the latest claim.
    pub claimed_at: Timestamp,
    /// Time that claim ended, if it has.
    pub finished_at: Option<Timestamp>,
    /// Class of the last failure since it was last completed, as
    /// [`FailureKind::as_str`](crate::FailureKind::as_str) names it.
    pub last_error_kind: Option<String>,
    /// Description of the last failure.
    pub last_error: Option<String>,
}

/// State of an object.
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

/// A device and the progress of its recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSummary {
    /// The device.
    pub device: DeviceId,
    /// Number of rows it has.
    pub recordings: u32,
    /// Time of its latest row.
    pub last_recorded_at: RecordedAt,
    /// Number of rows that are pending.
    pub pending: u32,
    /// Time of the oldest pending row.
    pub oldest_pending: Option<RecordedAt>,
    /// Number of objects that are quarantined.
    pub quarantined: u32,
}

impl ClaimState {
    /// Returns the state as the column has it.
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
