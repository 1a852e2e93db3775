//! Schedules: due recordings, recordings that are left out, and several machines with one schedule.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use watchme_core::rules::{Due, Period, SkipHours, due};
use watchme_core::{
    ClaimRequest, ClaimScope, ClaimStore, Claiming, FailureKind, Pipeline, Quarantine,
    RecordingStatus, Report, Selection, TranscribeError,
};
use watchme_testkit::RecordingSeed;
use watchme_testkit::sample::{self, DEVICE, key_of};

use crate::{Bench, outcomes, seed_in};

/// Noon of the sample day in Tokyo.
fn noon() -> Timestamp {
    "2025-07-20T12:00:00+09:00".parse().unwrap()
}

fn last_day() -> Period {
    Period::until(noon(), SignedDuration::from_hours(24))
}

fn quarantine() -> Quarantine {
    Quarantine { max_strikes: 5, status: RecordingStatus::Failed }
}

impl Bench {
    fn machine(&self, owner: &str) -> Pipeline {
        self.pipeline().claiming(Claiming {
            store: Arc::new(self.store.clone()),
            owner: owner.to_owned(),
            lease: Duration::from_hours(1),
            quarantine: quarantine(),
        })
    }

    async fn due(&self, period: Period, skip: &str) -> Due {
        let pending = self.pipeline().plan(&Selection::Pending).await.unwrap();
        due(pending, period, &skip.parse().unwrap())
    }
}

async fn carry_out(pipeline: &Pipeline, due: &Due) -> Report {
    pipeline.carry_out(&due.plan, &sample::options(), Arc::new(())).await
}

#[test]
fn hours_to_skip_are_ranges_that_may_pass_midnight() {
    let all: Vec<u8> = (0..24).collect();
    let check = |text: &str, device: &str, expected: &[u8]| {
        let skip: SkipHours = text.parse().unwrap();
        let skips = |hour: &&u8| {
            let block = sample::block(&format!("{hour:02}-30"));
            skip.skips(&sample::device(device), block)
        };
        let found: Vec<u8> = all.iter().filter(skips).copied().collect();
        assert_eq!(found, expected, "`{text}` for {device}");
        assert_eq!(skip.is_empty(), text.is_empty() || text == "none", "{text}");
        assert_eq!(skip.to_string().parse(), Ok(skip), "{text}");
    };
    check("", "d", &[]);
    check("none", "d", &[]);
    check("23-05", "d", &[0, 1, 2, 3, 4, 23]);
    check("9-10", "d", &[9]);
    check("22-24,12-13", "d", &[12, 22, 23]);
    check("00-24", "d", &all);
    check("23-00", "d", &[23]);
    check("23-05; a=12-14 ;b=none", "d", &[0, 1, 2, 3, 4, 23]);
    check("23-05; a=12-14 ;b=none", "a", &[12, 13]);
    check("23-05; a=12-14 ;b=none", "b", &[]);
    check("a=b=12-13", "a=b", &[12]);
    check("a=12-13", "d", &[]);
}

#[test]
fn hours_that_no_clock_has_are_refused() {
    for text in [
        "5",
        "5-5",
        "24-05",
        "00-25",
        "a-b",
        "-1-5",
        "1-5-9",
        "=1-2",
        "1-2;3-4",
        "a=1-2;a=3-4",
        ",",
    ] {
        let error = text.parse::<SkipHours>().unwrap_err().to_string();
        assert!(error.contains("`DEVICE=23-05`"), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_period_holds_its_first_instant_and_not_its_end() {
    let at = |time: &str, folder: &str| RecordingSeed::new(time, key_of(folder));
    let bench = Bench::new([
        at("2025-07-19T11:59:59.999999+09:00", "01-00"),
        at("2025-07-19T12:00:00+09:00", "02-00"),
        at("2025-07-20T02:59:59.999999Z", "03-00"),
        at("2025-07-20T12:00:00+09:00", "04-00"),
    ]);
    let due = bench.due(last_day(), "").await;
    let keys: Vec<_> = due.plan.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, [key_of("02-00"), key_of("03-00")]);
    assert_eq!((due.pending, due.outside_period, due.in_skipped_hours), (4, 2, 0));
}

#[tokio::test]
async fn the_hour_is_that_of_the_device_and_counts_only_within_the_period() {
    let other = "files/night/2025-07-20/01-00/audio.wav";
    let bench = Bench::new([
        seed_in("01-00"),
        seed_in("05-00"),
        seed_in("23-00"), // Still to come at noon.
        RecordingSeed::new("2025-07-20T01:00:00+09:00", other).of("night"),
        RecordingSeed::new("2025-07-20T09:00:00+09:00", "").of("night"),
        seed_in("06-00").in_status("completed"),
    ]);
    let due = bench.due(last_day(), "23-05;night=none").await;
    let keys: Vec<_> = due.plan.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, [other, &key_of("05-00")]);
    assert_eq!((due.pending, due.outside_period, due.in_skipped_hours), (5, 1, 1));
    assert_eq!(due.plan.unreadable.len(), 1);
    assert_eq!(
        due.devices().into_iter().map(ToString::to_string).collect::<Vec<_>>(),
        [DEVICE, "night"]
    );
    assert_eq!(
        due.dates().into_iter().map(|date| date.to_string()).collect::<Vec<_>>(),
        ["2025-07-20"]
    );
}

#[tokio::test]
async fn two_machines_with_the_same_plan_do_each_recording_once() {
    let bench = Bench::at(&["08-00", "08-30", "09-00", "09-30"]);
    let due = bench.due(last_day(), "").await;
    let (a, b) = (bench.machine("a"), bench.machine("b"));
    let (one, other) = tokio::join!(carry_out(&a, &due), carry_out(&b, &due));
    assert_eq!(one.completed().count() + other.completed().count(), 4);
    assert_eq!(bench.transcriber.calls().len(), 4);
}

#[tokio::test]
async fn what_backs_off_is_left_to_its_next_attempt() {
    let bench = Bench::at(&["08-00", "08-30"]);
    bench.transcriber.fail("08-00", || TranscribeError::Damaged { reason: "it breaks".to_owned() });
    let due = bench.due(last_day(), "").await;
    let first = carry_out(&bench.machine("a"), &due).await;
    assert_eq!(outcomes(&first), [Some(FailureKind::DamagedAudio), None]);
    let second = carry_out(&bench.machine("b"), &due).await;
    assert_eq!(outcomes(&second), [Some(FailureKind::ClaimedElsewhere)]);
    assert_eq!(second.already_completed, 1);
    assert_eq!(bench.transcriber.calls().len(), 2);
}

#[tokio::test]
async fn a_row_that_names_another_object_by_now_is_given_back() {
    let bench = Bench::at(&["08-00"]);
    let due = bench.due(last_day(), "").await;
    let moved = Bench::new([RecordingSeed::new(seed_in("08-00").recorded_at, key_of("10-00"))]);
    let report = carry_out(&moved.machine("a"), &due).await;
    assert_eq!(outcomes(&report), [Some(FailureKind::ClaimedElsewhere)]);
    let request = ClaimRequest {
        owner: "b".to_owned(),
        lease: Duration::from_hours(1),
        limit: 1,
        scope: ClaimScope::Pending { device: None, window: None },
        order: watchme_core::ClaimOrder::OldestFirst,
        quarantine: quarantine(),
    };
    assert_eq!(moved.store.claim(&request).await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_claims_one_machine_does_it_alone() {
    let bench = Bench::at(&["08-00", "08-30"]);
    bench.store.remove_claims();
    let due = bench.due(last_day(), "").await;
    let report = carry_out(&bench.machine("a"), &due).await;
    assert_eq!(report.completed().count(), 2);
}
