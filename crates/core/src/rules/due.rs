//! The choice of a schedule among pending recordings.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{DeviceId, LocalDate};
use crate::rules::{Plan, PlannedObject, SkipHours};

/// Stretch of time that one firing looks at: `from <= recorded_at < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub from: Timestamp,
    /// First instant that is too late.
    pub until: Timestamp,
}

/// Work of one firing of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Period in which the recordings were made.
    pub period: Period,
    /// Plan of the recordings, all of which are pending.
    pub plan: Plan,
    /// Number of recordings that are pending, of any time.
    pub pending: usize,
    /// Number of those that were made before or after the period.
    pub outside_period: usize,
    /// Number of those that were made in the period, in an hour to skip.
    pub in_skipped_hours: usize,
}

impl Period {
    /// Returns the period of length `look_back` that ends now.
    #[must_use]
    pub fn until(now: Timestamp, look_back: SignedDuration) -> Self {
        Self { from: now.saturating_sub(look_back).unwrap_or(Timestamp::MIN), until: now }
    }

    fn contains(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.until
    }
}

impl Due {
    /// Returns the devices that have something to do, in order.
    #[must_use]
    pub fn devices(&self) -> BTreeSet<&DeviceId> {
        self.plan.objects.iter().map(|object| &object.slot.device).collect()
    }

    /// Returns the local days that have something to do, in order.
    #[must_use]
    pub fn dates(&self) -> BTreeSet<LocalDate> {
        self.plan.objects.iter().map(|object| object.slot.date).collect()
    }
}

/// Chooses among everything that is pending. The hour of a recording is the hour in which its slot
/// begins, by the clock of its device.
#[must_use]
pub fn due(pending: Plan, period: Period, skip: &SkipHours) -> Due {
    let count = pending.objects.len() + pending.unreadable.len();
    let is_near = |object: &PlannedObject| {
        object.rows.iter().any(|row| period.contains(row.id.recorded_at.instant()))
    };
    let is_skipped = |object: &PlannedObject| skip.skips(&object.slot.device, object.slot.block);

    let (near, far): (Vec<_>, Vec<_>) = pending.objects.into_iter().partition(is_near);
    let (skipped, objects): (Vec<_>, Vec<_>) = near.into_iter().partition(is_skipped);
    // A row without a time may be of any time: it is reported each time, until somebody corrects it.
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
