//! Who may claim what, for stores that decide in Rust. The SQL of `supabase/migrations` says the
//! same, and passes the same contract.

use jiff::Timestamp;

use crate::{ClaimRecord, ClaimScope, ClaimState, Quarantine, RecordingStatus};

/// What a request for an object comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimable {
    /// It is granted; earlier attempts are forgotten.
    Afresh,
    /// It is granted as one more attempt.
    OnceMore,
    /// It was tried too often: it is to be quarantined.
    TooOften,
    /// It is refused.
    No,
}

/// What a request of `scope` comes to for an object that is known as `record`, and that has a
/// pending row unless the scope is [`ClaimScope::Again`].
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
        // Quarantine leaves no row pending, unless it is told to: somebody set it back.
        ClaimState::Quarantined if quarantine.status == RecordingStatus::Pending => Claimable::No,
        ClaimState::Completed | ClaimState::Quarantined => Claimable::Afresh,
    }
}
