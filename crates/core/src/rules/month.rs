//! A device's month at a glance: of each day, how many slots are in which state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::rules::work::foremost;
use crate::rules::{WorkPhase, day_window, slot_of};
use crate::{
    ClaimRecord, DeviceId, LocalDate, Month, ObjectKey, Quarantine, Recording, RecordingRow,
    RecordingStatus, SavedSlot, Slot, TimeBlock,
};

/// How many slots of a day are in which state. Each slot is counted once, and one without a
/// recording not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// The local day.
    pub date: LocalDate,
    /// Something was said.
    pub text: u32,
    /// Nobody spoke.
    pub silent: u32,
    /// A recording is not completed.
    pub waiting: u32,
    /// A recording is not completed and was tried too often.
    pub quarantined: u32,
}

/// The recordings of a device's local month, each with its slot.
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

/// The instants between which every recording of a local month lies, as [`day_window`] has it.
#[must_use]
pub fn month_window(month: Month) -> (Timestamp, Timestamp) {
    let (first, last) = month.span().into_inner();
    (day_window(first).0, day_window(last).1)
}

/// The objects whose claims tell how far a slot is that waits.
#[must_use]
pub fn waiting_objects(recorded: &[(Slot, Recording)]) -> Vec<ObjectKey> {
    let waiting = unfinished(recorded);
    let of_waiting = recorded.iter().filter(|(slot, _)| waiting.contains(&place(slot)));
    let keys: BTreeSet<_> = of_waiting.map(|(_, recording)| &recording.object_key).collect();
    keys.into_iter().cloned().collect()
}

/// Counts the slots of each day of a month. What a slot is counted as is what its day says of it:
/// one with unfinished recordings waits even where an earlier text is saved.
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
    let given_up = given_up(recorded, claims, quarantine, now);
    for (date, block) in waiting {
        if let Some(day) = days.get_mut(&date) {
            let is_given_up = given_up.contains(&(date, block));
            *(if is_given_up { &mut day.quarantined } else { &mut day.waiting }) += 1;
        }
    }
    days.into_values().collect()
}

/// The slots with a recording that is not completed.
fn unfinished(recorded: &[(Slot, Recording)]) -> BTreeSet<(LocalDate, TimeBlock)> {
    let is_unfinished =
        |(_, recording): &&(Slot, Recording)| recording.status != RecordingStatus::Completed;
    recorded.iter().filter(is_unfinished).map(|(slot, _)| place(slot)).collect()
}

/// The slots of which the work that counts is quarantined.
fn given_up(
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
