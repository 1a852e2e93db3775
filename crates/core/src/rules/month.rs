//! A device's month at a glance: each day's slots, counted by state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::{
    ClaimRecord, DeviceId, LocalDate, Month, ObjectKey, Quarantine, Recording, RecordingRow,
    RecordingStatus, SavedSlot, Slot, TimeBlock,
};
use crate::rules::work::foremost;
use crate::rules::{WorkPhase, day_window, slot_of};

/// Numbers of slots of a day, by state. Each slot is counted once, or not at all if it has no
/// recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// Local day.
    pub date: LocalDate,
    /// Slots in which something was said.
    pub text: u32,
    /// Slots in which nobody spoke.
    pub silent: u32,
    /// Slots with a recording that is not completed.
    pub waiting: u32,
    /// Slots with a recording that is not completed and was tried too often.
    pub quarantined: u32,
}

/// Returns the recordings of a device's local month, each with its slot.
#[must_use]
pub fn recorded_in(
    device: &DeviceId,
    month: Month,
    rows: Vec<RecordingRow>,
    zone: &TimeZone,
) -> Vec<(Slot, Recording)> {
    let of_month = |row| {
        let RecordingRow::Readable(recording) = row else { return None };
        let slot = slot_of(&recording, zone);
        (slot.device == *device && month.span().contains(&slot.date)).then_some((slot, recording))
    };
    rows.into_iter().filter_map(of_month).collect()
}

/// Returns the instants between which every recording of a local month lies, as [`day_window`]
/// does for a day.
#[must_use]
pub fn month_window(month: Month) -> (Timestamp, Timestamp) {
    let (first, last) = month.span().into_inner();
    (day_window(first).0, day_window(last).1)
}

/// Returns the objects of waiting slots, whose claims show their progress.
#[must_use]
pub fn waiting_objects(recorded: &[(Slot, Recording)]) -> Vec<ObjectKey> {
    let waiting = unfinished(recorded);
    let of_waiting = recorded.iter().filter(|(slot, _)| waiting.contains(&place(slot)));
    let keys: BTreeSet<_> = of_waiting.map(|(_, recording)| &recording.object_key).collect();
    keys.into_iter().cloned().collect()
}

/// Counts the slots of each day of a month by the state that [`day_of`](super::day_of) gives them:
/// a slot with unfinished recordings waits even if an earlier text is saved.
#[must_use]
pub fn month_of(
    month: Month,
    recorded: &[(Slot, Recording)],
    saved: &[SavedSlot],
    claims: &[ClaimRecord],
    quarantine: Option<&Quarantine>,
    now: Timestamp,
) -> Vec<DayCount> {
    let empty = |date| DayCount { date, text: 0, silent: 0, waiting: 0, quarantined: 0 };
    let mut days: BTreeMap<LocalDate, DayCount> =
        month.days().map(|date| (date, empty(date))).collect();
    let waiting = unfinished(recorded);
    for SavedSlot { date, block, is_silent } in saved {
        let day = days.get_mut(date).filter(|_| !waiting.contains(&(*date, *block)));
        if let Some(day) = day {
            *(if *is_silent { &mut day.silent } else { &mut day.text }) += 1;
        }
    }
    let given_up = find_given_up(recorded, claims, quarantine, now);
    for (date, block) in waiting {
        if let Some(day) = days.get_mut(&date) {
            let is_given_up = given_up.contains(&(date, block));
            *(if is_given_up { &mut day.quarantined } else { &mut day.waiting }) += 1;
        }
    }
    days.into_values().collect()
}

/// Returns the slots with a recording that is not completed.
fn unfinished(recorded: &[(Slot, Recording)]) -> BTreeSet<(LocalDate, TimeBlock)> {
    let is_unfinished =
        |(_, recording): &&(Slot, Recording)| recording.status != RecordingStatus::Completed;
    recorded.iter().filter(is_unfinished).map(|(slot, _)| place(slot)).collect()
}

/// Returns the slots whose foremost work is quarantined.
fn find_given_up(
    recorded: &[(Slot, Recording)],
    claims: &[ClaimRecord],
    quarantine: Option<&Quarantine>,
    now: Timestamp,
) -> BTreeSet<(LocalDate, TimeBlock)> {
    let Some(quarantine) = quarantine else { return BTreeSet::new() };
    let claims: BTreeMap<&ObjectKey, &ClaimRecord> =
        claims.iter().map(|claim| (&claim.object_key, claim)).collect();
    let mut slots: BTreeMap<_, Vec<(&Recording, &ClaimRecord)>> = BTreeMap::new();
    for (slot, recording) in recorded {
        if let Some(claim) = claims.get(&recording.object_key) {
            slots.entry(place(slot)).or_default().push((recording, claim));
        }
    }
    let is_given_up = |claimed: Vec<(&Recording, &ClaimRecord)>| {
        let work = foremost(claimed.into_iter(), quarantine, now);
        work.is_some_and(|work| work.phase == WorkPhase::Quarantined)
    };
    slots.into_iter().filter_map(|(place, of)| is_given_up(of).then_some(place)).collect()
}

fn place(slot: &Slot) -> (LocalDate, TimeBlock) {
    (slot.date, slot.block)
}
