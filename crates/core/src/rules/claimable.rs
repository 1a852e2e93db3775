//! The decision whether an object may be claimed, for stores that decide in Rust. The SQL of
//! `supabase/migrations` decides the same, and passes the same contract.

use jiff::Timestamp;

use crate::domain::{ClaimRecord, ClaimScope, ClaimState, Quarantine, RecordingStatus};

/// Answer to a request for an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimable {
    /// Granted; earlier attempts are forgotten.
    Afresh,
    /// Granted as one more attempt.
    OnceMore,
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
    let Some(record) = record else { return Claimable::Afresh };
    let is_backing_off = matches!(scope, ClaimScope::Pending { .. }) && record.next_attempt > now;
    match record.state {
        ClaimState::Claimed if record.lease_until > now => Claimable::No,
        _ if matches!(scope, ClaimScope::Again(_)) => Claimable::Afresh,
        ClaimState::Claimed if record.strikes >= quarantine.max_strikes => Claimable::TooOften,
        ClaimState::Waiting if is_backing_off => Claimable::No,
        ClaimState::Claimed | ClaimState::Waiting => Claimable::OnceMore,
        // Quarantine leaves no row pending, unless its status says so: somebody set it back.
        ClaimState::Quarantined if quarantine.status == RecordingStatus::Pending => Claimable::No,
        ClaimState::Completed | ClaimState::Quarantined => Claimable::Afresh,
    }
}
