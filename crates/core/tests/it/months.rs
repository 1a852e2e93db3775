//! A month counts each slot as its day does.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use watchme_core::rules::{DayCount, SlotState, WorkPhase};
use watchme_core::{
    ClaimOrder, ClaimQuery, ClaimRequest, ClaimScope, ClaimStore, Claiming, FailedAttempt, Failure,
    FailureKind, Month, Pipeline, Quarantine, RecordingQuery, RecordingStatus, TranscriptStore,
};
use watchme_testkit::sample::{self, DEVICE, object_key, slot_of};
use watchme_testkit::{FakeStore, Operation, RecordingSeed};

use crate::Bench;

const SILENCE: &str = "発話なし";

fn july() -> Month {
    "2025-07".parse().unwrap()
}

fn seed(date: &str, block: &str) -> RecordingSeed {
    let time = if block.len() == 5 { format!("{block}-00") } else { block.to_owned() };
    RecordingSeed::new(format!("{date}T{}+09:00", time.replace('-', ":")), key(date, block))
}

fn key(date: &str, block: &str) -> String {
    format!("files/{DEVICE}/{date}/{block}/audio.wav")
}

fn claiming(store: &FakeStore) -> Claiming {
    Claiming {
        store: Arc::new(store.clone()),
        owner: "this-machine".to_owned(),
        lease: Duration::from_mins(1),
        quarantine: Quarantine { max_strikes: 1, status: RecordingStatus::Failed },
    }
}

/// Claims a recording and fails at it.
async fn fail(store: &FakeStore, key: &str, counts: bool) {
    let Claiming { owner, lease, quarantine, .. } = claiming(store);
    let scope = ClaimScope::Object(object_key(key));
    let quarantine_of = quarantine.clone();
    let order = ClaimOrder::OldestFirst;
    let request = ClaimRequest { owner, lease, limit: 1, scope, order, quarantine };
    let claim = store.claim(&request).await.unwrap().pop().unwrap();
    let attempt = FailedAttempt {
        failure: Failure { kind: FailureKind::DamagedAudio, reason: "cut off".to_owned() },
        retry_after: Duration::from_hours(1),
        counts,
        quarantine: quarantine_of,
    };
    store.fail(&claim.ticket, &attempt).await.unwrap();
}

/// Lays out days at both ends of the month and within, and recordings of others.
async fn laid_out() -> Bench {
    let done = |date, block| seed(date, block).in_status("completed");
    let bench = Bench::new([
        // In Tokyo this is July already, in UTC it is June still.
        done("2025-07-01", "00-00"),
        done("2025-07-18", "08-00"),
        done("2025-07-18", "08-30"),
        done("2025-07-18", "09-17"),
        seed("2025-07-18", "10-00"),
        seed("2025-07-18", "10-30"),
        seed("2025-07-18", "11-00").in_status("failed"),
        seed("2025-07-18", "11-30"),
        // One slot of two recordings, of which one waits and one is given up.
        seed("2025-07-19", "12-00-00"),
        seed("2025-07-19", "12-10-00"),
        // The wall clock labelled UTC, as it was until then.
        RecordingSeed::new("2025-07-31T23:30:00Z", key("2025-07-31", "23-30")),
        done("2025-08-01", "00-00"),
        done("2025-06-30", "23-30"),
        done("2025-07-18", "13-00").of("another"),
        RecordingSeed::new("2025-07-20T00:00:00Z", ""),
    ]);
    for (date, block, text) in [
        ("2025-07-01", "00-00", "first"),
        ("2025-07-18", "08-00", "text"),
        ("2025-07-18", "08-30", ""),
        ("2025-07-18", "09-17", SILENCE),
        // It is done again.
        ("2025-07-18", "10-00", "earlier"),
        ("2025-08-01", "00-00", "later"),
        ("2025-06-30", "23-30", "before"),
    ] {
        bench.store.save(&slot_of(DEVICE, date, block), text).await.unwrap();
    }
    bench.store.save(&slot_of("another", "2025-07-18", "13-00"), "other").await.unwrap();
    fail(&bench.store, &key("2025-07-18", "10-30"), true).await;
    fail(&bench.store, &key("2025-07-18", "11-30"), false).await;
    fail(&bench.store, &key("2025-07-19", "12-10-00"), true).await;
    bench
}

/// Makes a pipeline that writes [`SILENCE`] where nobody spoke.
fn pipeline(bench: &Bench) -> Pipeline {
    let policy = watchme_core::Policy { silence_text: SILENCE.to_owned(), ..sample::policy() };
    Pipeline::new(bench.pipeline().ports().clone(), policy)
}

/// Makes a pipeline that also claims.
fn claiming_pipeline(bench: &Bench) -> Pipeline {
    pipeline(bench).claiming(claiming(&bench.store))
}

async fn july_of(pipeline: &Pipeline) -> Vec<DayCount> {
    pipeline.month(&sample::device(DEVICE), july(), Timestamp::now()).await.unwrap()
}

#[tokio::test]
async fn a_month_has_all_its_days_and_counts_each_slot_once() {
    let bench = laid_out().await;
    let days = july_of(&claiming_pipeline(&bench)).await;
    assert_eq!(days.len(), 31);
    assert!(days.iter().map(|day| day.date).eq(july().days()));
    let told = |day: &DayCount| {
        (day.date.to_string(), [day.text, day.silent, day.waiting, day.quarantined])
    };
    let some: Vec<_> = days.iter().map(told).filter(|(_, counts)| *counts != [0; 4]).collect();
    assert_eq!(
        some,
        [
            ("2025-07-01".to_owned(), [1, 0, 0, 0]),
            ("2025-07-18".to_owned(), [1, 2, 3, 1]),
            ("2025-07-19".to_owned(), [0, 0, 0, 1]),
            ("2025-07-31".to_owned(), [0, 0, 1, 0]),
        ]
    );
}

#[tokio::test]
async fn a_month_says_what_its_days_say() {
    let bench = laid_out().await;
    let device = sample::device(DEVICE);
    for pipeline in [pipeline(&bench), claiming_pipeline(&bench)] {
        for day in july_of(&pipeline).await {
            let slots = pipeline.day(&device, day.date, Timestamp::now()).await.unwrap();
            let count = |is_it: &dyn Fn(&SlotState, bool) -> bool| {
                let given_up = |phase: WorkPhase| phase == WorkPhase::Quarantined;
                let states = slots.iter().map(|slot| {
                    (&slot.state, slot.work.as_ref().is_some_and(|work| given_up(work.phase)))
                });
                u32::try_from(states.filter(|(state, is)| is_it(state, *is)).count()).unwrap()
            };
            let expected = DayCount {
                date: day.date,
                text: count(&|state, _| matches!(state, SlotState::Text(_))),
                silent: count(&|state, _| *state == SlotState::Silent),
                waiting: count(&|state, is| matches!(state, SlotState::Waiting(_)) && !is),
                quarantined: count(&|state, is| matches!(state, SlotState::Waiting(_)) && is),
            };
            assert_eq!(day, expected);
        }
    }
}

#[tokio::test]
async fn a_month_is_two_reads_and_asks_for_the_claims_of_what_waits() {
    let bench = laid_out().await;
    let before = bench.store.operations().len();
    july_of(&claiming_pipeline(&bench)).await;
    let operations = bench.store.operations();
    let [Operation::Read(RecordingQuery::Window { .. })] = &operations[before..] else {
        panic!("{:?}", &operations[before..]);
    };
    let quarantined = bench.store.claims(&ClaimQuery::Quarantined).await.unwrap();
    assert_eq!(quarantined.len(), 2);
}
