//! The plan of a run: what a selection means, once its rows are known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::domain::{
    ObjectKey, Recording, RecordingRow, RecordingStatus, Selection, Slot, UnreadableRow,
};
use crate::rules::slot_of;

/// Work of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Number of rows that belong to the selection, of every status.
    pub total: usize,
    /// Number of those that are completed.
    pub already_completed: usize,
    /// Objects to transcribe, each once; those of one slot stand together.
    pub objects: Vec<PlannedObject>,
    /// Rows that cannot be worked on.
    pub unreadable: Vec<UnreadableRow>,
    /// Objects that were asked for and that no row names.
    pub unknown: Vec<ObjectKey>,
}

/// One object to transcribe, and the rows that wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedObject {
    /// Key of its audio.
    pub key: ObjectKey,
    /// Slot its text belongs to.
    pub slot: Slot,
    /// Rows that name it, in the order of their recording.
    pub rows: Vec<Recording>,
}

/// Makes a plan of `rows`, which a store returned in the order of their recording.
#[must_use]
pub fn plan(selection: &Selection, rows: Vec<RecordingRow>, zone: &TimeZone) -> Plan {
    let mut plan = Plan {
        total: 0,
        already_completed: 0,
        objects: Vec::new(),
        unreadable: Vec::new(),
        unknown: unnamed_objects(selection, &rows),
    };
    let mut by_slot: BTreeMap<(usize, Slot), Vec<PlannedObject>> = BTreeMap::new();
    let mut first_seen: BTreeMap<Slot, usize> = BTreeMap::new();

    for row in rows {
        let recording = match row {
            RecordingRow::Readable(recording) => recording,
            RecordingRow::Unreadable(row) if !may_be_of_day(selection, &row, zone) => continue,
            RecordingRow::Unreadable(row) => {
                plan.count(&row.status);
                if is_wanted(selection, &row.status) {
                    plan.unreadable.push(row);
                }
                continue;
            }
        };
        let slot = slot_of(&recording, zone);
        if !is_of_day(selection, &slot) {
            continue;
        }
        plan.count(&recording.status);
        if !is_wanted(selection, &recording.status) {
            continue;
        }
        let position = first_seen.len();
        let position = *first_seen.entry(slot.clone()).or_insert(position);
        let objects = by_slot.entry((position, slot.clone())).or_default();
        match objects.iter_mut().find(|object| object.key == recording.object_key) {
            Some(object) => object.rows.push(recording),
            None => objects.push(PlannedObject {
                key: recording.object_key.clone(),
                slot,
                rows: vec![recording],
            }),
        }
    }
    plan.objects = by_slot.into_values().flatten().collect();
    plan
}

impl Plan {
    fn count(&mut self, status: &RecordingStatus) {
        self.total += 1;
        self.already_completed += usize::from(*status == RecordingStatus::Completed);
    }
}

fn is_of_day(selection: &Selection, slot: &Slot) -> bool {
    match selection {
        Selection::Day { device, date, blocks } => {
            slot.device == *device
                && slot.date == *date
                && blocks.as_ref().is_none_or(|blocks| blocks.contains(&slot.block))
        }
        Selection::Objects(_) | Selection::Pending => true,
    }
}

/// True if a row without a usable key may be of the selected day: only `recorded_at` can place it,
/// in either of its meanings.
fn may_be_of_day(selection: &Selection, row: &UnreadableRow, zone: &TimeZone) -> bool {
    let (Selection::Day { date, .. }, Some(recorded_at)) = (selection, &row.recorded_at) else {
        return true;
    };
    [zone, &TimeZone::UTC]
        .into_iter()
        .any(|zone| zone.to_datetime(recorded_at.instant()).date() == date.date())
}

fn is_wanted(selection: &Selection, status: &RecordingStatus) -> bool {
    matches!(selection, Selection::Objects(_)) || *status == RecordingStatus::Pending
}

fn unnamed_objects(selection: &Selection, rows: &[RecordingRow]) -> Vec<ObjectKey> {
    let Selection::Objects(wanted) = selection else { return Vec::new() };
    let named: BTreeSet<&str> = rows
        .iter()
        .map(|row| match row {
            RecordingRow::Readable(recording) => recording.object_key.as_str(),
            RecordingRow::Unreadable(row) => row.label.as_str(),
        })
        .collect();
    wanted.iter().filter(|key| !named.contains(key.as_str())).cloned().collect()
}
