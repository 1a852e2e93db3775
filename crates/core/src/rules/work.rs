//! The progress of the work on slots, by the claims of their recordings.

use jiff::Timestamp;

use crate::domain::{ClaimRecord, ClaimScope, ClaimState, Quarantine, Recording, RecordingStatus};
use crate::rules::{Claimable, claimable};

/// Work on a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotWork {
    /// Progress of the work.
    pub phase: WorkPhase,
    /// Claim that shows it.
    pub claim: ClaimRecord,
}

/// Progress of the work on a recording. If a slot has several, the first of these phases counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkPhase {
    /// Somebody works on it: the lease holds.
    Running,
    /// It was tried too often.
    Quarantined,
    /// An attempt failed, and the next one has to wait for its time.
    BackingOff,
    /// The next worker may take it.
    Due,
    /// No worker will take it: it is completed, or its status is not `pending`.
    Ended,
}

/// Returns the work that counts for a slot, of its recordings that were ever claimed: unfinished
/// recordings come before finished ones.
pub(super) fn foremost<'a>(
    claimed: impl Iterator<Item = (&'a Recording, &'a ClaimRecord)>,
    quarantine: &Quarantine,
    now: Timestamp,
) -> Option<SlotWork> {
    let works = claimed.map(|(row, claim)| {
        let phase = phase_of(claim, &row.status, quarantine, now);
        let is_done = row.status == RecordingStatus::Completed;
        (is_done && phase == WorkPhase::Ended, phase, claim)
    });
    let first = works.min_by_key(|(is_done, phase, claim)| {
        (*is_done, *phase, std::cmp::Reverse(claim.claimed_at))
    });
    first.map(|(_, phase, claim)| SlotWork { phase, claim: claim.clone() })
}

/// Returns the progress of the work on an object that has a row of this status.
#[must_use]
pub fn phase_of(
    claim: &ClaimRecord,
    status: &RecordingStatus,
    quarantine: &Quarantine,
    now: Timestamp,
) -> WorkPhase {
    if claim.state == ClaimState::Claimed && claim.lease_until > now {
        return WorkPhase::Running;
    }
    if *status == RecordingStatus::Pending {
        let anybody = ClaimScope::Pending { device: None, window: None };
        return match claimable(Some(claim), &anybody, quarantine, now) {
            Claimable::Granted { .. } => WorkPhase::Due,
            Claimable::No if claim.state == ClaimState::Waiting => WorkPhase::BackingOff,
            Claimable::TooOften | Claimable::No => WorkPhase::Quarantined,
        };
    }
    match claim.state {
        ClaimState::Quarantined if *status != RecordingStatus::Completed => WorkPhase::Quarantined,
        _ => WorkPhase::Ended,
    }
}
