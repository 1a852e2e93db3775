//! A device's day as lines of text.

use std::borrow::Cow;

use console::truncate_str;
use watchme_core::rules::{DaySlot, SlotState};

/// A line for each slot.
pub(crate) fn every_slot(slots: &[DaySlot]) -> Vec<String> {
    slots.iter().map(line).collect()
}

/// A line for each slot with a recording, and one for each stretch without.
pub(crate) fn with_empty_slots_joined(slots: &[DaySlot]) -> Vec<String> {
    let is_empty = |slot: &DaySlot| slot.state == SlotState::NoRecording;
    let stretches = slots.chunk_by(|a, b| is_empty(a) && is_empty(b));
    stretches
        .map(|stretch| match stretch {
            [first, .., last] => {
                let (from, until, count) = (first.block, last.block, stretch.len());
                format!("{from}  no recording, until {until} ({count} slots)")
            }
            [slot] => line(slot),
            [] => String::new(),
        })
        .collect()
}

/// The line, cut to `columns` where there is a limit. A wide character takes two.
pub(crate) fn shortened(line: &str, columns: Option<usize>) -> Cow<'_, str> {
    match columns {
        Some(columns) => truncate_str(line, columns, "…"),
        None => Cow::Borrowed(line),
    }
}

fn line(slot: &DaySlot) -> String {
    let state = match &slot.state {
        SlotState::NoRecording => "no recording".to_owned(),
        SlotState::Silent => "silent".to_owned(),
        SlotState::Waiting(status) => format!("waiting ({status})"),
        SlotState::Text(text) => format!("text          {}", one_line(text)),
    };
    format!("{}  {state}", slot.block)
}

/// Text of several recordings of one slot has line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use watchme_core::{RecordingStatus, TimeBlock};

    use super::*;

    fn day(recorded: &[(usize, SlotState)]) -> Vec<DaySlot> {
        let state = |index| recorded.iter().find(|(at, _)| *at == index).map(|(_, s)| s.clone());
        let slot = |(index, block)| DaySlot {
            block,
            state: state(index).unwrap_or(SlotState::NoRecording),
        };
        TimeBlock::slots().enumerate().map(slot).collect()
    }

    #[test]
    fn stretches_without_a_recording_are_one_line() {
        let slots = day(&[
            (0, SlotState::Text("こんにちは。\n元気です。".to_owned())),
            (1, SlotState::Silent),
            (3, SlotState::Waiting(RecordingStatus::Pending)),
        ]);
        assert_eq!(
            with_empty_slots_joined(&slots),
            [
                "00-00  text          こんにちは。 元気です。",
                "00-30  silent",
                "01-00  no recording",
                "01-30  waiting (pending)",
                "02-00  no recording, until 23-30 (44 slots)",
            ]
        );
        assert_eq!(every_slot(&slots).len(), 48);
    }

    #[test]
    fn a_line_is_cut_by_columns_and_not_by_bytes() {
        let line = "12-00  text          こんにちは";
        assert_eq!(shortened(line, Some(26)), "12-00  text          こん…");
        assert_eq!(shortened(line, Some(80)), line);
        assert_eq!(shortened(line, None), line);
    }
}
