//! The decision whether an object may be claimed, for stores that decide in Rust. The SQL of
//! `supabase/migrations` decides the same, and passes the same contract.

use jiff::Timestamp;

use crate::domain::{ClaimRecord, ClaimScope, ClaimState, Quarantine, RecordingStatus};

/// Answer to a request for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimable {
    /// Granted.
    Granted {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// Number of the attempt among those that count towards quarantine, from 1.
        strike: u32,
    },
    /// Refused: it was tried too often and must be quarantined.
    TooOften,
    /// Refused.
    No,
}

/// Decides on a request of `scope` for an object with this `record`. The object has a pending row,
/// unless the scope is [`ClaimScope::Again`].
#[must_use]
pub fn claimable(
    record: Option<&ClaimRecord>,
    scope: &ClaimScope,
    quarantine: &Quarantine,
    now: Timestamp,
) -> Claimable {
    // Earlier attempts, if any, are forgotten.
    let afresh = Claimable::Granted { attempt: 1, strike: 1 };
    let Some(record) = record else { return afresh };
    let is_backing_off = matches!(scope, ClaimScope::Pending { .. }) && record.next_attempt > now;
    // Whoever held it and never started gives the number back.
    let is_blamed = record.state != ClaimState::Claimed || record.is_started;
    let once_more = Claimable::Granted {
        attempt: record.attempts + 1,
        strike: record.strikes + u32::from(is_blamed),
    };
    match record.state {
        ClaimState::Claimed if record.lease_until > now => Claimable::No,
        _ if matches!(scope, ClaimScope::Again(_)) => afresh,
        ClaimState::Claimed if is_blamed && record.strikes >= quarantine.max_strikes => {
            Claimable::TooOften
        }
        ClaimState::Waiting if is_backing_off => Claimable::No,
        ClaimState::Claimed | ClaimState::Waiting => once_more,
        // Quarantine leaves no row pending, unless its status says so: somebody set it back.
        ClaimState::Quarantined if quarantine.status == RecordingStatus::Pending => Claimable::No,
        ClaimState::Completed | ClaimState::Quarantined => afresh,
    }
}
