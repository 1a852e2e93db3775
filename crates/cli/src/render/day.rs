//! The day of a device.

use std::borrow::Cow;

use console::truncate_str;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use watchme_core::RecordingStatus;
use watchme_core::rules::{DaySlot, SlotState, SlotWork, WorkPhase};

/// Returns a line for each slot.
pub(crate) fn every_slot(slots: &[DaySlot], zone: &TimeZone) -> Vec<String> {
    slots.iter().map(|slot| line(slot, zone)).collect()
}

/// Returns a line for each slot with a recording, and one for each stretch without.
pub(crate) fn with_empty_slots_joined(slots: &[DaySlot], zone: &TimeZone) -> Vec<String> {
    let is_empty = |slot: &DaySlot| slot.state == SlotState::NoRecording;
    let stretches = slots.chunk_by(|a, b| is_empty(a) && is_empty(b));
    stretches
        .map(|stretch| match stretch {
            [first, .., last] => {
                let (from, until, count) = (first.block, last.block, stretch.len());
                format!("{from}  no recording, until {until} ({count} slots)")
            }
            [slot] => line(slot, zone),
            [] => String::new(),
        })
        .collect()
}

/// Cuts the line to `columns`, if there is a limit. A wide character takes two.
pub(crate) fn shortened(line: &str, columns: Option<usize>) -> Cow<'_, str> {
    match columns {
        Some(columns) => truncate_str(line, columns, "…"),
        None => Cow::Borrowed(line),
    }
}

fn line(slot: &DaySlot, zone: &TimeZone) -> String {
    let state = match &slot.state {
        SlotState::NoRecording => "no recording".to_owned(),
        SlotState::Silent => "silent".to_owned(),
        SlotState::Waiting(status) => match &slot.work {
            Some(work) => waiting(work, status, zone),
            None => format!("waiting ({status})"),
        },
        SlotState::Text(text) => format!("text          {}", one_line(text)),
    };
    format!("{}  {state}", slot.block)
}

/// Describes the work on a recording that is not completed. Times are in `zone`.
fn waiting(work: &SlotWork, status: &RecordingStatus, zone: &TimeZone) -> String {
    let SlotWork { phase, claim } = work;
    let at = |time: Timestamp| zone.to_datetime(time).strftime("%H:%M:%S").to_string();
    let said = match phase {
        WorkPhase::Running => {
            return format!("running       by {} since {}", claim.owner, at(claim.claimed_at));
        }
        WorkPhase::BackingOff => {
            format!(
                "waiting       until {}, attempt {}",
                at(claim.next_attempt),
                claim.attempts + 1
            )
        }
        WorkPhase::Quarantined => format!("quarantined   after {} attempts", claim.strikes),
        WorkPhase::Due | WorkPhase::Ended => format!("waiting ({status})"),
    };
    match &claim.last_error {
        Some(reason) => format!("{said}: {}", one_line(reason)),
        None => said,
    }
}

/// Joins lines: the text of a slot with several recordings has line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use watchme_core::{ClaimRecord, ClaimState, TimeBlock};

    use super::*;

    fn day(recorded: &[(usize, SlotState)]) -> Vec<DaySlot> {
        let state = |index| recorded.iter().find(|(at, _)| *at == index).map(|(_, s)| s.clone());
        let slot = |(index, block)| DaySlot {
            block,
            state: state(index).unwrap_or(SlotState::NoRecording),
            doubtful: Vec::new(),
            work: None,
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
            with_empty_slots_joined(&slots, &TimeZone::UTC),
            [
                "00-00  text          こんにちは。 元気です。",
                "00-30  silent",
                "01-00  no recording",
                "01-30  waiting (pending)",
                "02-00  no recording, until 23-30 (44 slots)",
            ]
        );
        assert_eq!(every_slot(&slots, &TimeZone::UTC).len(), 48);
    }

    #[test]
    fn a_slot_that_waits_says_who_works_on_it_or_what_it_waits_for() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let claim = ClaimRecord {
            object_key: "a.wav".parse().unwrap(),
            state: ClaimState::Waiting,
            owner: "host-1".to_owned(),
            attempts: 2,
            strikes: 1,
            is_started: true,
            lease_until: at("2025-07-18T03:01:00Z"),
            next_attempt: at("2025-07-18T03:02:00Z"),
            claimed_at: at("2025-07-18T03:00:00Z"),
            finished_at: None,
            last_error_kind: None,
            last_error: Some("cut\noff".to_owned()),
        };
        let pending = RecordingStatus::Pending;
        for (phase, expected) in [
            (WorkPhase::Running, "running       by host-1 since 12:00:00"),
            (WorkPhase::BackingOff, "waiting       until 12:02:00, attempt 3: cut off"),
            (WorkPhase::Quarantined, "quarantined   after 1 attempts: cut off"),
            (WorkPhase::Due, "waiting (pending): cut off"),
            (WorkPhase::Ended, "waiting (pending): cut off"),
        ] {
            let work = SlotWork { phase, claim: claim.clone() };
            let tokyo = TimeZone::fixed(jiff::tz::offset(9));
            assert_eq!(waiting(&work, &pending, &tokyo), expected);
        }
    }

    #[test]
    fn a_line_is_cut_by_columns_and_not_by_bytes() {
        let line = "12-00  text          こんにちは";
        assert_eq!(shortened(line, Some(26)), "12-00  text          こん…");
        assert_eq!(shortened(line, Some(80)), line);
        assert_eq!(shortened(line, None), line);
    }
}
