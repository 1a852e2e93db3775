//! Which pending recordings a schedule takes up, and which it leaves.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::rules::{Plan, PlannedObject, SkipHours};
use crate::{DeviceId, LocalDate};

/// The stretch of time that one firing looks at: `from <= recorded_at < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant that is too late.
    pub until: Timestamp,
}

/// What one firing of a schedule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When the recordings were made.
    pub period: Period,
    /// The recordings, and nothing but pending ones.
    pub plan: Plan,
    /// Recordings that are pending, of any time.
    pub pending: usize,
    /// Of these, those made before or after the period.
    pub outside_period: usize,
    /// Those made in the period, in an hour that is to be skipped.
    pub in_skipped_hours: usize,
}

impl Period {
    /// The time of `look_back` that ends now.
    #[must_use]
    pub fn until(now: Timestamp, look_back: SignedDuration) -> Self {
        Self { from: now.saturating_sub(look_back).unwrap_or(Timestamp::MIN), until: now }
    }

    fn contains(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.until
    }
}

impl Due {
    /// The devices that have something to do, in order.
    #[must_use]
    pub fn devices(&self) -> BTreeSet<&DeviceId> {
        self.plan.objects.iter().map(|object| &object.slot.device).collect()
    }

    /// The local days that have something to do, in order.
    #[must_use]
    pub fn dates(&self) -> BTreeSet<LocalDate> {
        self.plan.objects.iter().map(|object| object.slot.date).collect()
    }
}

/// Chooses among everything that is pending. The hour of a recording is the one its slot begins
/// in, which is local to its device.
#[must_use]
pub fn due(pending: Plan, period: Period, skip: &SkipHours) -> Due {
    let count = pending.objects.len() + pending.unreadable.len();
    let is_near = |object: &PlannedObject| {
        object.rows.iter().any(|row| period.contains(row.id.recorded_at.instant()))
    };
    let is_skipped = |object: &PlannedObject| skip.skips(&object.slot.device, object.slot.block);

    let (near, far): (Vec<_>, Vec<_>) = pending.objects.into_iter().partition(is_near);
    let (skipped, objects): (Vec<_>, Vec<_>) = near.into_iter().partition(is_skipped);
    // A row without a time may be of any: it is told each time, until somebody mends it.
    let (unreadable, elsewhere): (Vec<_>, Vec<_>) =
        pending.unreadable.into_iter().partition(|row| {
            row.recorded_at.as_ref().is_none_or(|time| period.contains(time.instant()))
        });
    let rows: usize = objects.iter().map(|object| object.rows.len()).sum();
    Due {
        period,
        pending: count,
        outside_period: far.len() + elsewhere.len(),
        in_skipped_hours: skipped.len(),
        plan: Plan {
            total: rows + unreadable.len(),
            already_completed: 0,
            objects,
            unreadable,
            unknown: pending.unknown,
        },
    }
}
