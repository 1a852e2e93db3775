//! A run does what its selection says.

use std::collections::BTreeSet;

use watchme_core::{FailureKind, RecordingStatus, Selection};
use watchme_testkit::sample::{self, DAY, DEVICE, key_of};
use watchme_testkit::{FakeSource, RecordingSeed};

use crate::{Bench, day, outcomes, seed_in};

fn objects(keys: &[&str]) -> Selection {
    Selection::Objects(keys.iter().map(|key| sample::object_key(key)).collect())
}

#[tokio::test]
async fn a_day_is_its_pending_rows_and_counts_the_others() {
    let bench = Bench::new([
        seed_in("12-00").in_status("completed"),
        seed_in("12-30"),
        seed_in("13-00").in_status("failed"),
        seed_in("13-30").in_status("quota_exceeded"),
        seed_in("14-00").of("another"),
    ]);
    let report = bench.run_day().await;
    assert_eq!((report.total, report.already_completed), (4, 1));
    assert_eq!(outcomes(&report), [None]);
    assert_eq!(bench.transcriber.heard(), ["12-30"]);
}

#[tokio::test]
async fn chosen_blocks_leave_the_others_alone() {
    let bench = Bench::at(&["12-00", "12-30", "13-00"]);
    let blocks = ["12-30", "20-00"].map(sample::block);
    let selection = Selection::Day {
        device: sample::device(DEVICE),
        date: sample::date(DAY),
        blocks: Some(BTreeSet::from(blocks)),
    };
    let report = bench.run(&selection).await;
    assert_eq!((report.total, report.completed().count()), (1, 1));
    assert_eq!(bench.status("12-00"), "pending");
    assert_eq!(bench.status("12-30"), "completed");
}

#[tokio::test]
async fn recordings_around_midnight_are_of_their_own_local_day_in_both_eras() {
    let key = |date: &str, block: &str| format!("files/{DEVICE}/{date}/{block}/audio.wav");
    let bench = Bench::new([
        // The wall clock labelled UTC.
        RecordingSeed::new("2025-07-20T00:10:00Z", key(DAY, "00-00")),
        RecordingSeed::new("2025-07-20T08:40:00Z", key(DAY, "08-30")),
        RecordingSeed::new("2025-07-21T00:10:00Z", key("2025-07-21", "00-00")),
        // The true instant.
        RecordingSeed::new("2025-07-20T00:11:00+09:00", key(DAY, "00-11")),
        RecordingSeed::new("2025-07-20T08:41:00+09:00", key(DAY, "08-41")),
        RecordingSeed::new("2025-07-21T00:11:00+09:00", key("2025-07-21", "00-11")),
        RecordingSeed::new("2025-07-21T08:41:00+09:00", key("2025-07-21", "08-41")),
    ]);
    let report = bench.run_day().await;
    assert_eq!(report.total, 4);
    let mut heard = bench.transcriber.heard();
    heard.sort();
    assert_eq!(heard, ["00-00", "00-11", "08-30", "08-41"]);
    assert_eq!(bench.text("00-00").as_deref(), Some("00-00"));
    let next_day = sample::slot_of(DEVICE, "2025-07-21", "00-00");
    assert_eq!(bench.store.text(&next_day), None);
}

#[tokio::test]
async fn a_named_object_is_done_again_whatever_its_status() {
    let bench = Bench::new([seed_in("12-00").in_status("completed"), seed_in("12-30")]);
    let report = bench.run(&objects(&[&key_of("12-00")])).await;
    assert_eq!(outcomes(&report), [None]);
    assert_eq!(bench.text("12-00").as_deref(), Some("12-00"));
    assert_eq!(bench.status("12-30"), "pending");
}

#[tokio::test]
async fn an_object_that_no_row_names_is_reported_and_not_fetched() {
    let bench = Bench::at(&["12-00"]);
    let report = bench.run(&objects(&["files/nobody.wav", &key_of("12-00")])).await;
    assert_eq!(outcomes(&report), [None, Some(FailureKind::UnknownRecording)]);
    assert_eq!(report.recordings[1].label, "files/nobody.wav");
    assert_eq!(bench.source.fetches().len(), 1);
}

#[tokio::test]
async fn everything_pending_is_of_every_device_and_day() {
    let bench = Bench::new([
        seed_in("12-00").of("another"),
        seed_in("12-30"),
        RecordingSeed::new("2024-01-01T00:00:00Z", "files/x/2024-01-01/09-00/audio.wav"),
        seed_in("13-00").in_status("completed"),
    ]);
    let report = bench.run(&Selection::Pending).await;
    assert_eq!(outcomes(&report), [None; 3]);
    assert_eq!(bench.transcriber.heard(), ["09-00", "12-00", "12-30"]);
}

#[tokio::test]
async fn the_report_is_in_the_order_of_the_recordings() {
    // The objects of one slot are done together, even with a row between them.
    let odd = RecordingSeed::new("2025-07-20T12:05:00+09:00", key_of("11-30"));
    let bench = Bench::new([seed_in("12-20-00"), odd, seed_in("12-00-00")]);
    let report = bench.run_day().await;
    let labels: Vec<_> = report.recordings.iter().map(|item| item.label.clone()).collect();
    assert_eq!(labels, ["12-00-00", "11-30", "12-20-00"].map(key_of));
    assert_eq!(bench.transcriber.heard(), ["12-00-00", "12-20-00", "11-30"]);
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let bench = Bench::at(&["12-00"]);
    let plan = bench.pipeline().plan(&day()).await.unwrap();
    assert_eq!(plan.objects.len(), 1);
    assert_eq!((bench.source.fetches().len(), bench.store.text_count()), (0, 0));
    assert_eq!(bench.status("12-00"), RecordingStatus::Pending.as_str());
}

#[tokio::test]
async fn the_options_of_a_run_reach_the_engine() {
    let bench =
        Bench { source: FakeSource::new([(key_of("12-00"), "x")]), ..Bench::at(&["12-00"]) };
    bench.run_day().await;
    assert_eq!(bench.transcriber.options(), [sample::options()]);
}
