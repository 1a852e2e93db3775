//! Text before status, whatever happens between them.

use std::sync::Arc;

use watchme_core::{FailureKind, RecordingStatus, TranscribeError};
use watchme_testkit::{Operation, sample};

use crate::{Bench, day, outcomes, seed_in, unreachable_store};

#[tokio::test]
async fn each_text_is_saved_before_its_row_is_marked() {
    let bench = Bench::at(&["12-00", "12-30"]);
    bench.run_day().await;
    let mut writes = bench.store.operations();
    writes.retain(|operation| !matches!(operation, Operation::Read(_)));
    let saved = |block: &str| Operation::Saved(sample::slot(block), block.to_owned());
    let marked = |block| Operation::Marked(seed_in(block).id(), RecordingStatus::Completed);
    assert_eq!(writes, [saved("12-00"), marked("12-00"), saved("12-30"), marked("12-30")]);
}

#[tokio::test]
async fn a_recording_whose_text_is_not_saved_is_not_marked() {
    let bench = Bench::at(&["12-00", "12-30"]);
    bench.store.fail_saves(1, unreachable_store);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::StoreUnavailable), None]);
    assert_eq!(
        (bench.status("12-00"), bench.status("12-30")),
        ("pending".into(), "completed".into())
    );
    assert_eq!(bench.text("12-00"), None);
}

#[tokio::test]
async fn a_failed_mark_is_a_failed_recording_and_the_next_run_ends_with_an_equal_text() {
    let bench = Bench::at(&["12-00"]);
    bench.store.fail_marks(1, unreachable_store);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::StoreUnavailable)]);
    assert_eq!(bench.status("12-00"), "pending");
    let first = bench.text("12-00");
    assert_eq!(first.as_deref(), Some("12-00"));

    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None]);
    assert_eq!(bench.status("12-00"), "completed");
    assert_eq!(bench.text("12-00"), first);
    assert_eq!(bench.store.text_count(), 1);
}

#[tokio::test]
async fn a_run_after_a_complete_one_does_nothing() {
    let bench = Bench::at(&["12-00", "12-30"]);
    bench.run_day().await;
    let report = bench.run_day().await;
    assert_eq!((report.total, report.already_completed), (2, 2));
    assert_eq!(outcomes(&report), []);
    assert_eq!(bench.transcriber.calls().len(), 2);
}

#[tokio::test]
async fn silence_is_saved_as_the_empty_text_and_completed() {
    let bench = Bench::at(&["12-00"]);
    bench.source.put(&sample::key_of("12-00"), " \n");
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None]);
    assert_eq!(bench.text("12-00").as_deref(), Some(""));
    assert_eq!(bench.status("12-00"), "completed");
}

#[tokio::test]
async fn a_failed_recording_leaves_no_text_and_a_pending_row() {
    let bench = Bench::at(&["12-00"]);
    bench.transcriber.fail("", || TranscribeError::Damaged { reason: "scripted".to_owned() });
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::DamagedAudio)]);
    assert_eq!((bench.status("12-00"), bench.text("12-00")), ("pending".to_owned(), None));
}

#[tokio::test]
async fn a_dropped_run_keeps_what_is_saved_and_leaves_the_rest_pending_and_no_file() {
    let bench = Bench::at(&["12-00", "12-30", "13-00"]);
    let mut gate = bench.transcriber.hold("12-30");
    let pipeline = bench.pipeline();
    let run =
        tokio::spawn(async move { pipeline.run(&day(), &sample::options(), Arc::new(())).await });
    gate.reached().await;
    run.abort();
    run.await.unwrap_err();

    let statuses = ["12-00", "12-30", "13-00"].map(|block| bench.status(block));
    assert_eq!(statuses, ["completed", "pending", "pending"]);
    assert_eq!(bench.store.text_count(), 1);
    assert_eq!(bench.source.spooled_files(), 0);
    assert_eq!(bench.transcriber.at_work(), 0);
}
