//! Several rows for an object, several objects for a slot.

use watchme_core::{FailureKind, Selection};
use watchme_testkit::RecordingSeed;
use watchme_testkit::sample::key_of;

use crate::{Bench, outcomes, seed_in, unreachable_source, unreachable_store};

#[tokio::test]
async fn an_object_of_two_rows_is_transcribed_once_and_completes_both() {
    let bench = Bench::new([
        RecordingSeed::new("2025-07-20T12:00:00+09:00", key_of("12-00")),
        RecordingSeed::new("2025-07-20T12:10:00+09:00", key_of("12-00")),
    ]);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None, None]);
    assert_eq!(bench.transcriber.calls().len(), 1);
    assert_eq!(bench.store.statuses(&key_of("12-00")), ["completed", "completed"]);
}

#[tokio::test]
async fn the_objects_of_a_slot_are_joined_in_the_order_of_their_recording() {
    let bench = Bench::at(&["12-20-00", "12-00-30", "12-29-59", "12-30-00"]);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None; 4]);
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-30\n12-20-00\n12-29-59"));
    assert_eq!(bench.text("12-30").as_deref(), Some("12-30-00"));
}

#[tokio::test]
async fn a_completed_sibling_keeps_its_text() {
    let bench = Bench::at(&["12-00-30"]);
    bench.run_day().await;
    bench.store.add([seed_in("12-20-00")]);
    bench.source.put(&key_of("12-20-00"), "later");
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-30\nlater"));
}

#[tokio::test]
async fn a_folder_without_seconds_keeps_the_text_of_one_with() {
    let bench = Bench::at(&["12-10-00"]);
    bench.run_day().await;
    bench.store.add([seed_in("12-00")]);
    bench.source.put(&key_of("12-00"), "later");
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("12-10-00\nlater"));
}

#[tokio::test]
async fn a_short_text_is_kept_beside_a_sibling_that_contains_it() {
    let bench = Bench::at(&["12-00-30", "12-20-00"]);
    bench.source.put(&key_of("12-00-30"), "はい、そうです。");
    bench.source.put(&key_of("12-20-00"), "はい");
    bench.source.fail(&key_of("12-20-00"), unreachable_source);
    bench.run_day().await;
    bench.source.recover(&key_of("12-20-00"));
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("はい、そうです。\nはい"));
}

#[tokio::test]
async fn a_run_again_after_a_crash_between_the_marks_doubles_nothing() {
    let bench = Bench::at(&["12-00-30", "12-20-00"]);
    bench.store.fail_marks(1, unreachable_store);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::StoreUnavailable), None]);
    let first = bench.text("12-00");
    assert_eq!(first.as_deref(), Some("12-00-30\n12-20-00"));

    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None]);
    assert_eq!(bench.text("12-00"), first);
}

#[tokio::test]
async fn doing_a_whole_slot_again_replaces_its_text() {
    let bench = Bench::at(&["12-00-30", "12-20-00"]);
    bench.run_day().await;
    bench.source.put(&key_of("12-00-30"), "better");
    let keys = ["12-00-30", "12-20-00"].map(|folder| key_of(folder).parse().unwrap());
    bench.run(&Selection::Objects(keys.into())).await;
    assert_eq!(bench.text("12-00").as_deref(), Some("better\n12-20-00"));
}

#[tokio::test]
async fn a_silent_recording_leaves_the_text_of_its_sibling() {
    let bench = Bench::at(&["12-00-30"]);
    bench.run_day().await;
    bench.store.add([seed_in("12-20-00")]);
    bench.source.put(&key_of("12-20-00"), "");
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-30"));
}

#[tokio::test]
async fn a_failed_object_does_not_hold_back_its_siblings() {
    let bench = Bench::at(&["12-00-30", "12-20-00"]);
    bench.source.fail(&key_of("12-00-30"), unreachable_source);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::SourceUnavailable), None]);
    assert_eq!(bench.text("12-00").as_deref(), Some("12-20-00"));
}

#[tokio::test]
async fn what_a_crashed_run_saved_is_replaced_and_not_kept_beside_its_repetition() {
    let bench = Bench::at(&["12-00-30", "12-20-00"]);
    bench.store.fail_marks(2, unreachable_store);
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-30\n12-20-00"));

    bench.source.put(&key_of("12-00-30"), "heard anew");
    bench.source.fail(&key_of("12-20-00"), unreachable_source);
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("heard anew"));

    bench.source.recover(&key_of("12-20-00"));
    bench.run_day().await;
    assert_eq!(bench.text("12-00").as_deref(), Some("heard anew\n12-20-00"));
}
