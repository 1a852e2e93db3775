//! The speech of a day, each stretch at its time.

use std::time::Duration;

use crate::domain::{LedgerRecord, Segment, TimeBlock};
use crate::rules::{DaySlot, SlotState, is_doubtful, is_joined_of};

const SLOT: Duration = Duration::from_mins(30);

/// Speech in a stretch of a local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Start, by the device's clock from midnight.
    pub start: Duration,
    /// End, by the same clock.
    pub end: Duration,
    /// Text.
    pub text: String,
}

/// Returns what was said on a day, by its slots and the ledger's records of it, in order.
///
/// A slot whose text is made of its records is given segment by segment, as if each recording began
/// with its slot. Any other text is given as one stretch of half an hour: the segments must not
/// contradict the text.
#[must_use]
pub fn spoken_on(slots: &[DaySlot], kept: &[LedgerRecord]) -> Vec<Spoken> {
    let mut spoken: Vec<Spoken> = Vec::new();
    for slot in slots {
        let SlotState::Text(text) = &slot.state else { continue };
        let start = since_midnight(slot.block);
        match segments_of(slot, kept) {
            Some(segments) => spoken.extend(segments.map(|segment| Spoken {
                start: start + segment.start,
                end: start + segment.end,
                text: segment.text.trim().to_owned(),
            })),
            None => spoken.push(Spoken { start, end: start + SLOT, text: text.clone() }),
        }
    }
    // Several recordings of one slot overlap.
    spoken.sort_by_key(|it| (it.start, it.end));
    spoken
}

/// Notes at each slot which parts of its text are doubtful, by the ledger's records of the day.
pub fn note_doubt(slots: &mut [DaySlot], kept: &[LedgerRecord]) {
    for slot in slots {
        let doubtful = segments_of(slot, kept).into_iter().flatten().filter(|it| is_doubtful(it));
        slot.doubtful = doubtful.map(|segment| segment.text.trim().to_owned()).collect();
    }
}

/// Returns the segments that the text of a slot is made of; `None` if it is not made of the records.
fn segments_of<'a>(
    slot: &DaySlot,
    kept: &'a [LedgerRecord],
) -> Option<impl Iterator<Item = &'a Segment> + use<'a>> {
    let SlotState::Text(text) = &slot.state else { return None };
    let block = slot.block;
    let records: Vec<&LedgerRecord> =
        kept.iter().filter(|record| record.entry.slot.block == block).collect();
    let texts: Vec<String> = records.iter().map(|record| record.entry.transcript.text()).collect();
    let segments = records.into_iter().flat_map(|record| &record.entry.transcript.segments);
    is_joined_of(text, &texts).then_some(segments)
}

fn since_midnight(block: TimeBlock) -> Duration {
    Duration::from_mins(u64::from(block.hour()) * 60 + u64::from(block.minute()))
}
