//! A failed recording is data; a broken backend ends the run.

use watchme_core::{FailureKind, SourceError, StoreError, TranscribeError};
use watchme_testkit::{RecordingSeed, sample};

use crate::{Bench, day, outcomes, seed_in, unreachable_source, unreachable_store};

const BLOCKS: [&str; 6] = ["09-00", "09-30", "10-00", "10-30", "11-00", "11-30"];

#[tokio::test]
async fn one_failed_recording_does_not_end_the_day() {
    let bench = Bench::at(&["12-00", "12-30", "13-00"]);
    bench.transcriber.fail("12-30", || TranscribeError::Unsupported { reason: "text".to_owned() });
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None, Some(FailureKind::UnsupportedAudio), None]);
    let (_, failure) = report.failed().next().unwrap();
    assert_eq!(failure.reason, "unsupported audio: text");
    assert_eq!(report.completed().count(), 2);
}

#[tokio::test]
async fn a_missing_object_is_missing_and_its_row_stays_pending() {
    let bench = Bench::at(&["12-00", "12-30"]);
    bench.store.add([seed_in("13-00")]);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None, None, Some(FailureKind::Missing)]);
    assert_eq!(bench.status("13-00"), "pending");
    assert_eq!(bench.text("13-00"), None);
}

#[tokio::test]
async fn an_unreadable_row_is_one_failed_item_among_the_others() {
    let bench = Bench::at(&["12-00", "13-00"]);
    bench.store.add([RecordingSeed::new("2025-07-20T12:30:00+09:00", "")]);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [None, Some(FailureKind::UnreadableRow), None]);
    assert_eq!(report.total, 3);
    assert_eq!(report.recordings[1].slot, None);
}

#[tokio::test]
async fn rows_that_cannot_be_listed_are_an_error_of_the_run() {
    let bench = Bench::at(&["12-00"]);
    bench.store.fail_reads(1, unreachable_store);
    let options = sample::options();
    let result = bench.pipeline().run(&day(), &options, std::sync::Arc::new(())).await;
    assert!(matches!(result, Err(StoreError::Unavailable { .. })), "{result:?}");
}

#[tokio::test]
async fn three_failures_in_a_row_that_are_not_the_recordings_own_halt_the_run() {
    let bench = Bench::at(&BLOCKS);
    for block in BLOCKS {
        bench.source.fail(&sample::key_of(block), unreachable_source);
    }
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::SourceUnavailable); 6]);
    assert!(bench.source.fetches().len() < 6, "{:?}", bench.source.fetches());
    let (_, last) = report.failed().last().unwrap();
    assert!(last.reason.starts_with("not tried after 3 failures in a row: "), "{}", last.reason);
    assert!(BLOCKS.iter().all(|block| bench.status(block) == "pending"));
}

#[tokio::test]
async fn a_store_that_takes_nothing_halts_the_run_before_hours_are_transcribed() {
    let bench = Bench::at(&BLOCKS);
    bench.store.fail_saves(usize::MAX, unreachable_store);
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report), [Some(FailureKind::StoreUnavailable); 6]);
    assert_eq!(bench.transcriber.calls().len(), 3);
}

#[tokio::test]
async fn failures_of_the_recordings_own_never_halt_the_run() {
    let bench = Bench::at(&BLOCKS);
    for block in &BLOCKS[..4] {
        bench.source.fail(&sample::key_of(block), || SourceError::Missing {
            key: sample::object_key("any"),
        });
    }
    bench.transcriber.fail(BLOCKS[4], || TranscribeError::Engine { reason: "odd".to_owned() });
    let report = bench.run_day().await;
    let missing = Some(FailureKind::Missing);
    let engine = Some(FailureKind::Engine);
    assert_eq!(outcomes(&report), [missing, missing, missing, missing, engine, None]);
}

#[tokio::test]
async fn failures_with_a_success_between_them_do_not_halt_the_run() {
    let bench = Bench::at(&BLOCKS);
    for block in ["09-00", "09-30", "10-30", "11-00"] {
        bench.source.fail(&sample::key_of(block), unreachable_source);
    }
    let report = bench.run_day().await;
    let failed = Some(FailureKind::SourceUnavailable);
    assert_eq!(outcomes(&report), [failed, failed, None, failed, failed, None]);
}

#[tokio::test]
async fn a_success_counts_between_failures_before_its_slot_is_saved() {
    let folders = ["12-00-01", "12-00-02", "12-00-03", "12-00-04", "12-00-05", "12-00-06"];
    let bench = Bench::at(&folders);
    for folder in ["12-00-01", "12-00-02", "12-00-04", "12-00-05"] {
        bench.source.fail(&sample::key_of(folder), unreachable_source);
    }
    let report = bench.run_day().await;
    let failed = Some(FailureKind::SourceUnavailable);
    assert_eq!(outcomes(&report), [failed, failed, None, failed, failed, None]);
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-03\n12-00-06"));
}

#[tokio::test]
async fn what_was_transcribed_before_a_halt_is_saved_and_the_run_stays_halted() {
    let folders = ["12-00-01", "12-00-02", "12-00-03", "12-00-04", "12-00-05"];
    let bench = Bench::at(&folders);
    for folder in &folders[1..4] {
        bench.source.fail(&sample::key_of(folder), unreachable_source);
    }
    let report = bench.run_day().await;
    assert_eq!(outcomes(&report)[0], None);
    assert_eq!(outcomes(&report)[1..], [Some(FailureKind::SourceUnavailable); 4]);
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00-01"));
}

#[tokio::test]
async fn one_object_that_many_rows_name_does_not_halt_the_run() {
    let shared = |second: u8| {
        RecordingSeed::new(format!("2025-07-20T12:00:0{second}+09:00"), sample::key_of("12-00"))
    };
    let bench = Bench::new((0..4).map(shared).chain([seed_in("12-30")]));
    bench.source.fail(&sample::key_of("12-00"), unreachable_source);
    let report = bench.run_day().await;
    let failed = Some(FailureKind::SourceUnavailable);
    assert_eq!(outcomes(&report), [failed, failed, failed, failed, None]);
}

#[tokio::test]
async fn one_failed_save_of_a_slot_of_many_objects_does_not_halt_the_run() {
    let bench = Bench::at(&["12-00-01", "12-00-02", "12-00-03", "12-30"]);
    bench.store.fail_saves(1, unreachable_store);
    let report = bench.run_day().await;
    let failed = Some(FailureKind::StoreUnavailable);
    assert_eq!(outcomes(&report), [failed, failed, failed, None]);
}
