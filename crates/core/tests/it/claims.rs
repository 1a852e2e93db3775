//! Many pipelines over one store: each recording has one owner, and nobody undoes another's work.

use std::sync::Arc;
use std::time::Duration;

use watchme_core::{
    Claim, ClaimOrder, ClaimQuery, ClaimRecord, ClaimRequest, ClaimScope, ClaimState, ClaimStore,
    Claiming, Completion, FailureKind, Pipeline, Quarantine, RecordingStatus, Report, Selection,
    TranscribeError,
};
use watchme_testkit::sample::{self, key_of};
use watchme_testkit::{FakeStore, Operation};

use crate::{Bench, day, outcomes, seed_in, unreachable_source, unreachable_store};

const LONG: Duration = Duration::from_hours(1);

/// A lease that ran out.
const OVER: Duration = Duration::ZERO;

fn claiming(store: &FakeStore, owner: &str, lease: Duration) -> Claiming {
    Claiming {
        store: Arc::new(store.clone()),
        owner: owner.to_owned(),
        lease,
        quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
    }
}

impl Bench {
    fn claiming_pipeline(&self, owner: &str, lease: Duration) -> Pipeline {
        self.pipeline().claiming(claiming(&self.store, owner, lease))
    }

    async fn claim_and_run(&self, selection: &Selection) -> Report {
        let pipeline = self.claiming_pipeline("a", LONG);
        pipeline.run(selection, &sample::options(), Arc::new(())).await.unwrap()
    }

    /// Claims a block for another worker.
    async fn claim_elsewhere(&self, block: &str) -> Claim {
        let request = ClaimRequest {
            owner: "another worker".to_owned(),
            lease: LONG,
            limit: 1,
            scope: ClaimScope::Object(sample::object_key(&key_of(block))),
            order: ClaimOrder::OldestFirst,
            quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
        };
        self.store.claim(&request).await.unwrap().remove(0)
    }

    async fn complete_elsewhere(&self, claim: &Claim, block: &str, text: &str) {
        let (slot, text) = (sample::slot(block), text.to_owned());
        let completion = Completion { slot, text, previous: None, entry: None };
        self.store.complete(&claim.ticket, &completion).await.unwrap();
    }

    async fn record(&self, block: &str) -> Option<ClaimRecord> {
        let query = ClaimQuery::Objects(vec![sample::object_key(&key_of(block))]);
        self.store.claims(&query).await.unwrap().pop()
    }

    async fn state(&self, block: &str) -> Option<ClaimState> {
        self.record(block).await.map(|record| record.state)
    }
}

#[tokio::test]
async fn each_recording_is_claimed_and_completed_in_one_step() {
    let bench = Bench::at(&["09-00", "09-30"]);
    let report = bench.claim_and_run(&day()).await;
    assert_eq!(report.completed().count(), 2);
    let written: Vec<_> = bench
        .store
        .operations()
        .into_iter()
        .filter(|operation| !matches!(operation, Operation::Read(_)))
        .collect();
    let expected =
        ["09-00", "09-30"].map(|block| Operation::Completed(sample::slot(block), block.to_owned()));
    assert_eq!(written, expected);
    assert_eq!(bench.status("09-30"), "completed");
}

#[tokio::test]
async fn what_another_worker_holds_is_left_to_it() {
    let bench = Bench::at(&["09-00", "09-30"]);
    bench.claim_elsewhere("09-00").await;
    let report = bench.claim_and_run(&day()).await;
    assert_eq!(outcomes(&report), [Some(FailureKind::ClaimedElsewhere), None]);
    let (_, failure) = report.failed().next().unwrap();
    assert!(failure.reason.contains("another worker"), "{}", failure.reason);
    assert_eq!(bench.source.fetches().len(), 1);
    assert_eq!(bench.state("09-00").await, Some(ClaimState::Claimed));
}

#[tokio::test]
async fn what_is_only_fetched_ahead_has_not_started() {
    let bench = Bench::at(&["09-00", "09-30"]);
    let mut gate = bench.transcriber.hold("09-00");
    let pipeline = bench.claiming_pipeline("a", LONG);
    let run = tokio::spawn(async move {
        pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap()
    });
    gate.reached().await;
    let started = async |block| bench.record(block).await.map(|record| record.is_started);
    assert_eq!(started("09-00").await, Some(true));
    assert_eq!(started("09-30").await, Some(false), "it is held, and not worked on");
    gate.open();
    assert_eq!(run.await.unwrap().completed().count(), 2);
}

/// The mark is for the case that the process dies; without it everything else goes on.
#[tokio::test]
async fn a_start_that_cannot_be_marked_holds_up_nothing() {
    let bench = Bench::at(&["09-00"]);
    let claim = bench.claim_elsewhere("09-00").await;
    bench.store.fail_claims(1, unreachable_store);
    let pipeline = bench.claiming_pipeline("another worker", LONG);
    let report = pipeline.work(&claim, &sample::options(), Arc::new(())).await.unwrap();
    assert_eq!(report.completed().count(), 1);
}

#[tokio::test]
async fn what_another_worker_completed_meanwhile_is_done() {
    let bench = Bench::at(&["09-00", "09-30", "10-00"]);
    let gate = bench.transcriber.hold("09-00");
    let pipeline = bench.claiming_pipeline("a", LONG);
    let run = tokio::spawn(async move {
        pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap()
    });
    let mut gate = gate;
    gate.reached().await;
    let claim = bench.claim_elsewhere("10-00").await;
    bench.complete_elsewhere(&claim, "10-00", "theirs").await;
    gate.open();
    let report = run.await.unwrap();
    assert_eq!((report.total, report.already_completed), (3, 1));
    assert_eq!(report.completed().count(), 2);
    assert_eq!(bench.text("10-00").as_deref(), Some("theirs"));
}

#[tokio::test]
async fn who_lost_the_claim_says_so_and_changes_nothing() {
    let bench = Bench::at(&["09-00"]);
    let mut gate = bench.transcriber.hold("09-00");
    let pipeline = bench.claiming_pipeline("a", OVER);
    let run = tokio::spawn(async move {
        pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap()
    });
    gate.reached().await;
    let claim = bench.claim_elsewhere("09-00").await;
    bench.complete_elsewhere(&claim, "09-00", "theirs").await;
    gate.open();
    assert_eq!(outcomes(&run.await.unwrap()), [Some(FailureKind::ClaimLost)]);
    assert_eq!(bench.text("09-00").as_deref(), Some("theirs"));
    assert_eq!(bench.state("09-00").await, Some(ClaimState::Completed));
}

#[tokio::test]
async fn a_claimed_object_is_worked_on_without_asking_again() {
    let bench = Bench::at(&["09-00", "09-30"]);
    let claim = bench.claim_elsewhere("09-30").await;
    let pipeline = bench.claiming_pipeline("another worker", LONG);
    let report = pipeline.work(&claim, &sample::options(), Arc::new(())).await.unwrap();
    assert_eq!(report.completed().count(), 1);
    assert_eq!(
        (bench.status("09-00"), bench.status("09-30")),
        ("pending".into(), "completed".into())
    );
}

#[tokio::test]
async fn a_broken_recording_is_quarantined_and_a_missing_one_never() {
    let bench = Bench::at(&["09-00", "09-30"]);
    let damaged = || TranscribeError::Damaged { reason: "it breaks".to_owned() };
    bench.transcriber.fail("09-00", damaged);
    let missing = sample::object_key(&key_of("09-30"));
    bench.source.fail(&key_of("09-30"), move || watchme_core::SourceError::Missing {
        key: missing.clone(),
    });
    for _ in 0..3 {
        bench.claim_and_run(&day()).await;
    }
    assert_eq!(bench.state("09-00").await, Some(ClaimState::Quarantined));
    assert_eq!(bench.state("09-30").await, Some(ClaimState::Waiting));
    assert_eq!((bench.status("09-00"), bench.status("09-30")), ("failed".into(), "pending".into()));

    let key = sample::object_key(&key_of("09-00"));
    bench.transcriber.answer("09-00", "mended");
    let report = bench.claim_and_run(&Selection::Objects([key].into())).await;
    assert_eq!(report.completed().count(), 1, "by its name it is tried again");
}

#[tokio::test]
async fn an_unreachable_source_costs_no_recording_its_attempts() {
    let bench = Bench::at(&["09-00"]);
    bench.source.fail(&key_of("09-00"), unreachable_source);
    for _ in 0..5 {
        bench.claim_and_run(&day()).await;
    }
    assert_eq!(bench.state("09-00").await, Some(ClaimState::Waiting));
    bench.source.recover(&key_of("09-00"));
    assert_eq!(bench.claim_and_run(&day()).await.completed().count(), 1);
}

#[tokio::test]
async fn a_store_that_cannot_claim_stops_the_run_like_any_other_trouble_with_it() {
    let bench = Bench::at(&["09-00", "09-30", "10-00", "10-30"]);
    bench.store.fail_claims(3, unreachable_store);
    let report = bench.claim_and_run(&day()).await;
    assert_eq!(outcomes(&report), [Some(FailureKind::StoreUnavailable); 4]);
    assert_eq!(bench.source.fetches().len(), 0);
}

#[tokio::test]
async fn a_database_without_claims_works_as_before() {
    let bench = Bench::at(&["09-00", "09-30"]);
    bench.store.remove_claims();
    let report = bench.claim_and_run(&day()).await;
    assert_eq!(report.completed().count(), 2);
    let written = bench.store.operations();
    assert!(written.iter().any(|operation| matches!(operation, Operation::Marked(..))));
}

#[tokio::test]
async fn two_workers_in_one_slot_keep_both_texts() {
    let bench = Bench::new(["09-00-10", "09-00-20"].map(seed_in));
    let mut first = bench.transcriber.hold("09-00-10");
    let mut second = bench.transcriber.hold("09-00-20");
    let work = |folder: &str| {
        let pipeline = bench.claiming_pipeline(folder, LONG);
        let key = sample::object_key(&key_of(folder));
        tokio::spawn(async move {
            let selection = Selection::Objects([key].into());
            pipeline.run(&selection, &sample::options(), Arc::new(())).await.unwrap()
        })
    };
    let (one, other) = (work("09-00-10"), work("09-00-20"));
    first.reached().await;
    second.reached().await;
    first.open();
    assert_eq!(one.await.unwrap().completed().count(), 1);
    second.open();
    assert_eq!(other.await.unwrap().completed().count(), 1);
    assert_eq!(bench.text("09-00").as_deref(), Some("09-00-10\n09-00-20"));
}

#[tokio::test]
async fn what_was_claimed_ahead_of_a_halt_is_given_back() {
    let blocks = ["09-00", "09-30", "10-00", "10-30", "11-00", "11-30"];
    for prefetch in 1..=4 {
        let bench = Bench { prefetch, ..Bench::at(&blocks) };
        for block in blocks {
            bench.source.fail(&key_of(block), unreachable_source);
        }
        bench.claim_and_run(&day()).await;
        for block in blocks {
            let state = bench.state(block).await;
            assert_ne!(state, Some(ClaimState::Claimed), "{block}, prefetch {prefetch}");
        }
    }
}
