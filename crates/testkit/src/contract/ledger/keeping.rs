//! The promises of [`LedgerStore::keep`](watchme_core::LedgerStore::keep), of
//! [`kept`](watchme_core::LedgerStore::kept), and of completions that carry an entry.

use std::time::Duration;

use watchme_core::{ClaimError, LedgerEntry, Slot, Sound, Transcript};

use super::{LedgerUnderTest, make_completion, make_entry, seeds, segment};
use crate::RecordingSeed;
use crate::sample;

/// An entry keeps every segment in order, with its scores and its reason, and the measurements.
pub async fn an_entry_comes_back_exactly(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00", "12-30"])).await;
    let spoken = make_entry("12-00");
    let silent = Transcript {
        segments: Vec::new(),
        removed: Vec::new(),
        language: None,
        audio: Duration::from_mins(1),
        speech: Duration::ZERO,
        sound: Sound::default(),
        effort: None,
    };
    let silent = LedgerEntry { transcript: silent, ..make_entry("12-30") };
    for entry in [&spoken, &silent] {
        store.keep(entry).await;
    }
    assert_eq!(store.entries("12-00").await, [spoken]);
    assert_eq!(store.entries("12-30").await, [silent]);
}

/// A recording that is transcribed again has one entry, with a later time.
pub async fn an_entry_takes_the_place_of_the_one_before(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    store.keep(&make_entry("12-00")).await;
    let first = store.kept("12-00").await.remove(0);
    let mut again = make_entry("12-00");
    again.model = "small".parse().expect("a model");
    again.transcript.segments.truncate(1);
    again.transcript.removed.clear();
    again.transcript.language = None;
    store.keep(&again).await;
    let second = store.kept("12-00").await;
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!(second[0].entry, again);
    assert!(second[0].at >= first.at, "{} is before {}", second[0].at, first.at);
}

/// A slot has only its own records, ordered by object key.
pub async fn entries_come_by_slot_and_key(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(Vec::new()).await;
    assert_eq!(store.kept("12-00").await, []);
    let of_key =
        |key: &str| LedgerEntry { object_key: sample::object_key(key), ..make_entry("12-00") };
    for key in ["b", "c", "a"] {
        store.keep(&of_key(key)).await;
    }
    store.keep(&make_entry("12-30")).await;
    let other_day = sample::slot_of(sample::DEVICE, "2025-07-21", "12-00");
    store.keep(&LedgerEntry { slot: other_day, ..of_key("d") }).await;
    let other_device = sample::slot_of("another", sample::DAY, "12-00");
    store.keep(&LedgerEntry { slot: other_device, ..of_key("e") }).await;
    assert_eq!(store.entries("12-00").await, ["a", "b", "c"].map(of_key));
}

/// A day has the records of all its blocks in order, and within each by object key.
pub async fn entries_of_a_day_come_by_block_and_key(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(Vec::new()).await;
    let kept = async || {
        let Slot { device, date, .. } = sample::slot("12-00");
        let kept = store.ledger.kept_on(&device, date).await.expect("what is kept");
        kept.into_iter().map(|record| record.entry).collect::<Vec<_>>()
    };
    assert_eq!(kept().await, []);
    let of = |key: &str, block: &str| LedgerEntry {
        object_key: sample::object_key(key),
        ..make_entry(block)
    };
    let expected = [of("z", "00-00"), of("b", "09-17"), of("a", "12-30"), of("c", "12-30")];
    for at in [2, 0, 3, 1] {
        store.keep(&expected[at]).await;
    }
    let other_day = sample::slot_of(sample::DEVICE, "2025-07-21", "12-00");
    store.keep(&LedgerEntry { slot: other_day, ..of("d", "12-00") }).await;
    let other_device = sample::slot_of("another", sample::DAY, "12-00");
    store.keep(&LedgerEntry { slot: other_device, ..of("e", "12-00") }).await;
    assert_eq!(kept().await, expected);
}

/// Blanks, quotes, plus signs, Japanese and several lines are kept.
pub async fn odd_names_and_texts_are_kept(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(Vec::new()).await;
    let mut odd = make_entry("12-00");
    odd.object_key = sample::object_key("files/a b+c/\"1\",'2'/居間 🎙.wav");
    odd.slot = sample::slot_of("a b+c&d=e \"two\",'three'", sample::DAY, "12-00");
    odd.transcript.segments = vec![segment(0, "「はい」\n\\n \"quoted\" 'and' 🎙 {}[]", 0.5)];
    store.keep(&odd).await;
    let kept = store.ledger.kept(&odd.slot).await.expect("what is kept");
    assert_eq!(kept.into_iter().map(|record| record.entry).collect::<Vec<_>>(), [odd]);
}

/// Text, status and entry are there together, even if the completion is repeated.
pub async fn a_completion_keeps_its_entry(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    let claim = store.claim("12-00").await;
    let entry = make_entry("12-00");
    for _ in 0..2 {
        let completion = make_completion(entry.clone(), None);
        store.claims.complete(&claim.ticket, &completion).await.expect("completed");
        assert_eq!(store.entries("12-00").await, std::slice::from_ref(&entry));
    }
    assert_eq!(store.text(&entry.slot).await, Some(entry.transcript.text()));
}

/// A worker that lost the claim, or read an older text, leaves the ledger as it is.
pub async fn a_completion_that_is_refused_keeps_nothing(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    let claim = store.claim("12-00").await;
    let stale = make_completion(make_entry("12-00"), Some("another text"));
    let refused = store.claims.complete(&claim.ticket, &stale).await;
    assert!(matches!(refused, Err(ClaimError::TextChanged)), "{refused:?}");
    let mut lost = claim.ticket.clone();
    lost.fence -= 1;
    let refused = store.claims.complete(&lost, &make_completion(make_entry("12-00"), None)).await;
    assert!(matches!(refused, Err(ClaimError::Lost)), "{refused:?}");
    assert_eq!(store.kept("12-00").await, []);
}
