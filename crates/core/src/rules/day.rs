//! A device's day as its readers see it: 48 half hours.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::rules::slot_of;
use crate::{DeviceId, LocalDate, RecordingRow, RecordingStatus, SavedTranscript, TimeBlock};

/// One slot of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySlot {
    /// Which.
    pub block: TimeBlock,
    /// What is known of it.
    pub state: SlotState,
}

/// What is known of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotState {
    /// No recording: the device was off. Normal.
    NoRecording,
    /// Something was said.
    Text(String),
    /// Nobody spoke.
    Silent,
    /// A recording is not completed; its status.
    Waiting(RecordingStatus),
}

/// The 48 slots of a day, and the blocks between them that old recorders named, in order.
/// A slot with unfinished recordings is waiting even where an earlier text is saved.
#[must_use]
pub fn day_of(
    device: &DeviceId,
    date: LocalDate,
    rows: &[RecordingRow],
    saved: &[SavedTranscript],
    silence_text: &str,
    zone: &TimeZone,
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
    for row in rows {
        let RecordingRow::Readable(recording) = row else { continue };
        let slot = slot_of(recording, zone);
        let is_done = recording.status == RecordingStatus::Completed;
        if slot.device == *device && slot.date == date && !is_done {
            states.insert(slot.block, SlotState::Waiting(recording.status.clone()));
        }
    }
    states.into_iter().map(|(block, state)| DaySlot { block, state }).collect()
}
