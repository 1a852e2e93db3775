//! The promises of [`LedgerStore::revise`](watchme_core::LedgerStore::revise).

use watchme_core::rules::refiltered;
use watchme_core::{LedgerError, LedgerRecord, Revision};

use super::{LedgerUnderTest, make_entry, seeds};
use crate::RecordingSeed;
use crate::sample;

/// The text is new, the segments are what the rules leave, and the rest is as it was.
pub async fn a_revision_changes_text_and_segments(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00", "12-30"])).await;
    for block in ["12-00", "12-30"] {
        store.keep(&make_entry(block)).await;
        store.store.save(&sample::slot(block), "before").await.expect("saved");
    }
    let other = store.kept("12-30").await;
    let revision = make_revision(&store.kept("12-00").await, Some("before"));
    store.ledger.revise(&revision).await.expect("revised");
    assert_eq!(store.kept("12-00").await, revision.records);
    assert_ne!(store.entries("12-00").await, [make_entry("12-00")]);
    assert_eq!(store.text(&sample::slot("12-00")).await.as_deref(), Some("after"));
    assert_eq!(store.kept("12-30").await, other);
    assert_eq!(store.text(&sample::slot("12-30")).await.as_deref(), Some("before"));
}

/// A slot that never had a text gets one.
pub async fn a_slot_without_a_text_is_revised(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    store.keep(&make_entry("12-00")).await;
    let revision = make_revision(&store.kept("12-00").await, None);
    store.ledger.revise(&revision).await.expect("revised");
    assert_eq!(store.text(&sample::slot("12-00")).await.as_deref(), Some("after"));
}

/// A revision is refused if another recording of the slot was completed since it was read.
pub async fn a_revision_over_another_text_changes_nothing(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    store.keep(&make_entry("12-00")).await;
    let slot = sample::slot("12-00");
    store.store.save(&slot, "theirs").await.expect("saved");
    for wrong in [None, Some("other"), Some("")] {
        let late = store.ledger.revise(&make_revision(&store.kept("12-00").await, wrong)).await;
        assert!(matches!(late, Err(LedgerError::Changed)), "{wrong:?}: {late:?}");
        assert_eq!(store.text(&slot).await.as_deref(), Some("theirs"));
        assert_eq!(store.entries("12-00").await, [make_entry("12-00")]);
    }
}

/// A revision is refused if the recording was transcribed again since, even with the same text.
pub async fn a_revision_of_a_recording_done_again_changes_nothing(
    make: impl AsyncFn(Vec<RecordingSeed>) -> LedgerUnderTest,
) {
    let store = make(seeds(&["12-00"])).await;
    store.keep(&make_entry("12-00")).await;
    let slot = sample::slot("12-00");
    store.store.save(&slot, "before").await.expect("saved");
    let mut late = make_revision(&store.kept("12-00").await, Some("before"));
    late.records[0].at -= jiff::SignedDuration::from_micros(1);
    let refused = store.ledger.revise(&late).await;
    assert!(matches!(refused, Err(LedgerError::Changed)), "{refused:?}");
    assert_eq!(store.text(&slot).await.as_deref(), Some("before"));
    assert_eq!(store.entries("12-00").await, [make_entry("12-00")]);
}

/// Makes a revision to the segments that the rules of this version leave.
fn make_revision(kept: &[LedgerRecord], previous: Option<&str>) -> Revision {
    let judged = |record: &LedgerRecord| {
        let mut record = record.clone();
        record.entry.transcript = refiltered(&record.entry.transcript);
        record
    };
    Revision {
        slot: sample::slot("12-00"),
        text: "after".to_owned(),
        previous: previous.map(str::to_owned),
        records: kept.iter().map(judged).collect(),
    }
}
