//! The speech of a day, by its texts and the ledger.

use std::sync::Arc;
use std::time::Duration;

use watchme_core::rules::{DaySlot, SlotState, Spoken, is_joined_of, spoken_on};
use watchme_core::{
    LedgerEntry, LedgerRecord, RecordingStatus, RemovalReason, Removed, Segment, Sound, StoreError,
    Transcript,
};
use watchme_testkit::sample::{self, block, key_of, slot};

use crate::Bench;

fn day_slot(at: &str, state: SlotState) -> DaySlot {
    DaySlot { block: block(at), state, doubtful: Vec::new(), work: None }
}

fn text(said: &str) -> SlotState {
    SlotState::Text(said.to_owned())
}

fn segment((start, end, text): (u64, u64, &str)) -> Segment {
    Segment {
        start: Duration::from_millis(start),
        end: Duration::from_millis(end),
        text: text.to_owned(),
        confidence: 0.9,
        no_speech: 0.0,
        voice: None,
    }
}

fn kept(folder: &str, at: &str, segments: &[(u64, u64, &str)]) -> LedgerRecord {
    let removed = segment((0, 1, "left out"));
    let transcript = Transcript {
        segments: segments.iter().copied().map(segment).collect(),
        removed: vec![Removed { segment: removed, reason: RemovalReason::Loop }],
        language: None,
        audio: Duration::from_mins(1),
        speech: Duration::from_mins(1),
        sound: Sound::default(),
        effort: None,
    };
    let entry = LedgerEntry {
        object_key: sample::object_key(&key_of(folder)),
        slot: slot(at),
        model: "base".parse().unwrap(),
        transcript,
    };
    LedgerRecord { entry, at: "2025-07-20T12:00:00Z".parse().unwrap() }
}

fn spoken(start: u64, end: u64, text: &str) -> Spoken {
    let (start, end) = (Duration::from_millis(start), Duration::from_millis(end));
    Spoken { start, end, text: text.to_owned() }
}

#[test]
fn a_day_is_told_segment_by_segment_where_they_are_kept_and_make_the_text() {
    const NOON: u64 = 12 * 3_600_000;
    const HALF: u64 = 1_800_000;
    let slots = [
        day_slot("00-00", SlotState::NoRecording),
        day_slot("12-00", text("one two")),
        day_slot("12-30", text("corrected by hand")),
        day_slot("13-00", text("never kept")),
        day_slot("13-30", SlotState::Silent),
        day_slot("14-00", text("second\nfirst")),
        day_slot("14-30", SlotState::Waiting(RecordingStatus::Pending)),
        day_slot("23-45", text("late")),
    ];
    let kept = [
        kept("12-00", "12-00", &[(500, 1_500, "one"), (2_000, 3_000, " two ")]),
        kept("12-30", "12-30", &[(0, 1_000, "as it was heard")]),
        kept("13-30", "13-30", &[]),
        kept("14-00-00", "14-00", &[(5_000, 6_000, "first")]),
        kept("14-10-00", "14-00", &[(1_000, 9_000, "second")]),
        kept("14-30", "14-30", &[(0, 1, "an earlier text")]),
    ];
    assert_eq!(
        spoken_on(&slots, &kept),
        [
            spoken(NOON + 500, NOON + 1_500, "one"),
            spoken(NOON + 2_000, NOON + 3_000, "two"),
            spoken(NOON + HALF, NOON + 2 * HALF, "corrected by hand"),
            spoken(NOON + 2 * HALF, NOON + 3 * HALF, "never kept"),
            spoken(NOON + 4 * HALF + 1_000, NOON + 4 * HALF + 9_000, "second"),
            spoken(NOON + 4 * HALF + 5_000, NOON + 4 * HALF + 6_000, "first"),
            spoken(85_500_000, 87_300_000, "late"),
        ]
    );
}

#[test]
fn a_text_is_made_of_its_lines_in_any_order() {
    for (text, texts, expected) in [
        ("", vec![], true),
        ("", vec![""], true),
        ("a", vec!["a"], true),
        ("b\na", vec!["a", "b"], true),
        ("a\nb", vec!["a\nb"], true),
        ("a", vec![], false),
        ("a", vec!["a", "b"], false),
        ("a b", vec!["a", "b"], false),
    ] {
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        assert_eq!(is_joined_of(text, &texts), expected, "`{text}` of {texts:?}");
    }
}

#[tokio::test]
async fn without_a_ledger_a_day_is_told_slot_by_slot_and_a_store_that_fails_is_told() {
    let bench = Bench::at(&["12-00"]);
    let keeping = bench.pipeline().keeping(Arc::new(bench.store.clone()));
    let day = sample::slot("12-00");
    let run = keeping.run(&crate::day(), &sample::options(), Arc::new(())).await;
    assert_eq!(run.unwrap().failed().count(), 0);
    let slots = keeping.day(&day.device, day.date, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let said = keeping.spoken(&day.device, day.date, &slots).await.unwrap();
    assert_eq!(said, [spoken(43_200_000, 43_260_000, "12-00")]);

    let whole = [spoken(43_200_000, 45_000_000, "12-00")];
    let without = bench.pipeline();
    assert_eq!(without.spoken(&day.device, day.date, &slots).await.unwrap(), whole);
    bench.store.remove_ledger();
    let found: Result<_, StoreError> = keeping.spoken(&day.device, day.date, &slots).await;
    assert_eq!(found.unwrap(), whole);
}
