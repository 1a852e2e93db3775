//! A device's day as its readers see it: 48 half hours.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::{
    ClaimRecord, DeviceId, LocalDate, Quarantine, Recording, RecordingRow, RecordingStatus,
    SavedTranscript, TimeBlock,
};
use crate::rules::work::foremost;
use crate::rules::{SlotWork, slot_of};

/// One slot of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySlot {
    /// Time of the slot.
    pub block: TimeBlock,
    /// State of the slot.
    pub state: SlotState,
    /// Parts of its text that may not have been said, in order, where a ledger keeps what is known of
    /// them.
    pub doubtful: Vec<String>,
    /// Progress of the work on its recording, if it was ever claimed.
    pub work: Option<SlotWork>,
}

/// State of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotState {
    /// No recording: the device was off. Normal.
    NoRecording,
    /// Something was said.
    Text(String),
    /// Nobody spoke.
    Silent,
    /// A recording is not completed; it has this status.
    Waiting(RecordingStatus),
}

/// Returns the recordings of a device's local day, in the order of `rows`, each with its block.
#[must_use]
pub fn recorded_on(
    device: &DeviceId,
    date: LocalDate,
    rows: Vec<RecordingRow>,
    zone: &TimeZone,
) -> Vec<(TimeBlock, Recording)> {
    let of_day = |row| {
        let RecordingRow::Readable(recording) = row else { return None };
        let slot = slot_of(&recording, zone);
        (slot.device == *device && slot.date == date).then_some((slot.block, recording))
    };
    rows.into_iter().filter_map(of_day).collect()
}

/// Returns the 48 slots of a day, and the blocks between them that old recorders named, in order.
/// A slot with unfinished recordings is waiting even where an earlier text is saved.
#[must_use]
pub fn day_of(
    recorded: &[(TimeBlock, Recording)],
    saved: &[SavedTranscript],
    silence_text: &str,
) -> Vec<DaySlot> {
    let mut states: BTreeMap<TimeBlock, SlotState> =
        TimeBlock::slots().map(|block| (block, SlotState::NoRecording)).collect();
    for transcript in saved {
        let text = transcript.text.as_str();
        let state = if text.is_empty() || text == silence_text {
            SlotState::Silent
        } else {
            SlotState::Text(text.to_owned())
        };
        states.insert(transcript.slot.block, state);
    }
    for (block, recording) in recorded {
        if recording.status != RecordingStatus::Completed {
            states.insert(*block, SlotState::Waiting(recording.status.clone()));
        }
    }
    let slot = |(block, state)| DaySlot { block, state, doubtful: Vec::new(), work: None };
    states.into_iter().map(slot).collect()
}

/// Notes at each slot the progress of the work on its recordings.
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
