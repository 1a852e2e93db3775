//! The reports of runs, in the forms that clients of the original know.

use std::time::Duration;

use watchme_core::{FailureKind, Outcome, RecordingReport};
use watchme_wire::{BlocksResponse, DayResponse, FilesResponse, TranscribeResponse};

use crate::{DEVICE, completed, failed, json, path, report};

fn took() -> Duration {
    Duration::from_millis(11_260)
}

fn missing(block: &str) -> RecordingReport {
    failed(block, FailureKind::Missing, "no object")
}

#[test]
fn a_day_with_nothing_to_do_has_the_keys_of_the_original_and_no_other() {
    let body = DayResponse::new(
        &DEVICE.parse().unwrap(),
        "2025-07-18".parse().unwrap(),
        &report(6, 6, vec![]),
        Duration::from_millis(120),
    );
    assert_eq!(
        json(&body),
        r#"{"status":"success","device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","date":"2025-07-18","summary":{"total_files":6,"already_completed":6,"pending_processed":0,"errors":0},"processed_files":[],"execution_time_seconds":0.1,"message":"処理対象となる音声ファイルがありません（全6件中6件が処理済み）"}"#
    );
}

#[test]
fn a_day_without_failures_has_null_error_files() {
    let body = DayResponse::new(
        &DEVICE.parse().unwrap(),
        "2025-07-18".parse().unwrap(),
        &report(6, 5, vec![completed("12-00")]),
        took(),
    );
    assert_eq!(
        json(&body),
        r#"{"status":"success","device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","date":"2025-07-18","summary":{"total_files":6,"already_completed":5,"pending_processed":1,"errors":0},"processed_files":["files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-00/audio.wav"],"processed_time_blocks":["12-00"],"error_files":null,"execution_time_seconds":11.3,"message":"pendingステータスの1件中1件を正常に処理しました","error_details":[]}"#
    );
}

#[test]
fn failures_of_a_day_are_counted_listed_and_explained_after_the_keys_of_the_original() {
    let unreadable = RecordingReport {
        label: "2025-07-18T12:10:00+00:00".to_owned(),
        slot: None,
        outcome: Outcome::Failed(watchme_core::Failure {
            kind: FailureKind::UnreadableRow,
            reason: "`file_path` is empty".to_owned(),
        }),
    };
    let body = DayResponse::new(
        &DEVICE.parse().unwrap(),
        "2025-07-18".parse().unwrap(),
        &report(4, 1, vec![completed("12-00"), missing("12-30"), unreadable]),
        took(),
    );
    insta::assert_json_snapshot!(body);
}

#[test]
fn a_whole_number_of_seconds_stays_a_decimal_number() {
    let body = FilesResponse::new(&report(0, 0, vec![]), Duration::from_secs(11));
    assert_eq!(
        json(&body),
        r#"{"status":"success","summary":{"total_files":0,"already_completed":0,"pending_processed":0,"errors":0},"processed_files":[],"execution_time_seconds":11.0,"message":"処理対象のファイルがありません"}"#
    );
}

#[test]
fn named_files_are_reported_by_path() {
    let body =
        FilesResponse::new(&report(2, 0, vec![completed("12-00"), missing("12-30")]), took());
    assert_eq!(
        json(&body),
        r#"{"status":"success","summary":{"total_files":2,"pending_processed":1,"errors":1},"processed_files":["files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-00/audio.wav"],"processed_time_blocks":["12-00"],"error_files":["files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-30/audio.wav"],"execution_time_seconds":11.3,"message":"2件中1件を正常に処理しました","error_details":[{"file":"files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-30/audio.wav","kind":"missing","reason":"no object"}]}"#
    );
}

#[test]
fn a_path_of_several_rows_counts_once_and_fails_where_one_of_them_fails() {
    let not_written = failed("12-00", FailureKind::NotWritten, "no row changed");
    let rows = vec![
        completed("12-00"),
        completed("12-30"),
        not_written,
        completed("13-00"),
        completed("12-30"),
    ];
    let FilesResponse::Worked(body) = FilesResponse::new(&report(5, 0, rows), took()) else {
        panic!("there was work");
    };
    assert_eq!(body.processed_files, [path("12-30"), path("13-00")]);
    assert_eq!(body.error_files, Some(vec![path("12-00")]));
    assert_eq!(body.summary.total_files, 3);
    assert_eq!(body.message, "3件中2件を正常に処理しました");
}

#[test]
fn blocks_are_reported_by_block_and_echoed_as_asked_for() {
    let requested = Some(vec!["12-00".to_owned(), "12-30".to_owned()]);
    let body = BlocksResponse::new(
        &DEVICE.parse().unwrap(),
        "2025-07-18".parse().unwrap(),
        requested,
        &report(3, 1, vec![completed("12-00"), missing("12-30")]),
        took(),
    );
    assert_eq!(
        json(&body),
        r#"{"status":"success","summary":{"total_files":2,"pending_processed":1,"errors":1},"device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","local_date":"2025-07-18","time_blocks_requested":["12-00","12-30"],"processed_time_blocks":["12-00"],"error_time_blocks":["12-30"],"execution_time_seconds":11.3,"message":"2件中1件を正常に処理しました","error_details":[{"file":"files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/12-30/audio.wav","kind":"missing","reason":"no object"}]}"#
    );
}

#[test]
fn blocks_with_nothing_to_do_have_the_keys_of_the_original_and_no_other() {
    let body = BlocksResponse::new(
        &DEVICE.parse().unwrap(),
        "2025-07-18".parse().unwrap(),
        None,
        &report(6, 6, vec![]),
        Duration::ZERO,
    );
    assert_eq!(
        json(&body),
        r#"{"status":"success","summary":{"total_files":0,"already_completed":0,"pending_processed":0,"errors":0},"device_id":"d067d407-cf73-4174-a9c1-d91fb60d64d0","local_date":"2025-07-18","time_blocks_requested":null,"processed_time_blocks":[],"execution_time_seconds":0.0,"message":"処理対象のファイルがありません（全て処理済みまたは該当なし）"}"#
    );
}

#[test]
fn every_report_reads_back_as_what_was_written() {
    let work = || report(2, 0, vec![completed("12-00"), missing("12-30")]);
    let nothing = || report(2, 2, vec![]);
    let device = DEVICE.parse().unwrap();
    let date = "2025-07-18".parse().unwrap();
    for report in [work(), nothing()] {
        for body in [
            TranscribeResponse::Day(DayResponse::new(&device, date, &report, took())),
            TranscribeResponse::Blocks(BlocksResponse::new(&device, date, None, &report, took())),
            TranscribeResponse::Files(FilesResponse::new(&report, took())),
        ] {
            let read: TranscribeResponse = serde_json::from_str(&json(&body)).unwrap();
            assert_eq!(read, body);
        }
    }
}
