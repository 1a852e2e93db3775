//! How far the work on the slots of a day is, by the claims of their recordings.

use jiff::Timestamp;

use crate::rules::{Claimable, DaySlot, claimable};
use crate::{
    ClaimRecord, ClaimScope, ClaimState, Quarantine, Recording, RecordingStatus, TimeBlock,
};

/// The work on a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotWork {
    /// How far it is.
    pub phase: WorkPhase,
    /// The claim that says so.
    pub claim: ClaimRecord,
}

/// How far the work on a recording is. Of several in one slot the first of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkPhase {
    /// Somebody works on it: the lease holds.
    Running,
    /// It was tried too often.
    Quarantined,
    /// An attempt failed, and the next one has to wait for its time.
    BackingOff,
    /// Whoever comes next may take it.
    Due,
    /// Nobody will take it by itself: it is completed, or its status is not `pending`.
    Ended,
}

/// Notes at each slot how far the work on its recordings is. In a slot that waits these are the
/// unfinished ones, and any that is done again.
pub fn note_work(
    slots: &mut [DaySlot],
    recorded: &[(TimeBlock, Recording)],
    claims: &[ClaimRecord],
    quarantine: &Quarantine,
    now: Timestamp,
) {
    for slot in slots {
        let rows = recorded.iter().filter(|(block, _)| *block == slot.block).map(|(_, row)| row);
        let claimed = rows.filter_map(|row| {
            Some((row, claims.iter().find(|claim| claim.object_key == row.object_key)?))
        });
        slot.work = foremost(claimed, quarantine, now);
    }
}

/// The work that counts for a slot, of its recordings that were ever claimed.
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

/// How far the work on an object is that has a row of this status.
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
            Claimable::Afresh | Claimable::OnceMore => WorkPhase::Due,
            Claimable::No if claim.state == ClaimState::Waiting => WorkPhase::BackingOff,
            Claimable::TooOften | Claimable::No => WorkPhase::Quarantined,
        };
    }
    match claim.state {
        ClaimState::Quarantined if *status != RecordingStatus::Completed => WorkPhase::Quarantined,
        _ => WorkPhase::Ended,
    }
}
