//! Workers: their claims, their end, and the work they leave to others.

use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use watchme_core::{
    Announcement, ClaimError, ClaimOrder, ClaimQuery, ClaimScope, ClaimState, ClaimStore, Claiming,
    Quarantine, RecordingStatus, StoreError, TranscribeError,
};
use watchme_runner::{LeasedPipeline, Worker, WorkerConfig, WorkerReport};
use watchme_testkit::FakeQueue;
use watchme_testkit::sample::{key_of, object_key, options};

use crate::world::{World, build_world};

/// A grace that never ends in a test.
const LONG: Duration = Duration::from_hours(1);

const LEASE: Duration = Duration::from_mins(1);

impl World {
    fn worker(&self, owner: &str, once: bool) -> Worker {
        let claiming = Claiming {
            store: Arc::new(self.store.clone()),
            owner: owner.to_owned(),
            lease: LEASE,
            quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
        };
        let config = WorkerConfig {
            scope: ClaimScope::Pending { device: None, window: None },
            order: ClaimOrder::OldestFirst,
            lanes: NonZeroUsize::new(2).unwrap(),
            poll: Duration::from_secs(10),
            once,
            options: options(),
        };
        Worker::new(LeasedPipeline::new(self.pipeline.clone(), claiming, LONG), config)
    }

    async fn work_once(&self, owner: &str) -> WorkerReport {
        self.worker(owner, true).run(Arc::new(()), pending(), LONG).await.unwrap()
    }

    pub(crate) async fn state(&self, block: &str) -> Option<ClaimState> {
        let query = ClaimQuery::Objects(vec![object_key(&key_of(block))]);
        self.store.claims(&query).await.unwrap().pop().map(|record| record.state)
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { backend: "the test", retry_after: None, source: "scripted".into() }
}

#[tokio::test]
async fn a_worker_does_what_is_pending_and_ends_where_it_is_told_to() {
    let world = build_world(&["12-00", "12-30", "13-00"], 1);
    let report = world.work_once("a").await;
    assert_eq!(report, WorkerReport { completed: 3, failed: 0, lost: 0 });
    assert_eq!(world.store.text_count(), 3);
    assert_eq!(world.work_once("a").await, WorkerReport::default());
}

#[tokio::test]
async fn two_workers_share_the_work() {
    let blocks = ["12-00", "12-30", "13-00", "13-30", "14-00", "14-30"];
    let world = build_world(&blocks, 1);
    let (one, other) = tokio::join!(world.work_once("a"), world.work_once("b"));
    assert_eq!(one.completed + other.completed, blocks.len());
    assert_eq!(world.transcriber.calls().len(), blocks.len(), "none was done twice");
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_finds_what_comes_later() {
    let world = build_world(&[], 1);
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = world.worker("a", false);
    let working = tokio::spawn(worker.run(
        Arc::new(()),
        async {
            let _ = stopped.await;
        },
        LONG,
    ));
    tokio::time::sleep(Duration::from_mins(5)).await;
    let mut gate = world.transcriber.hold("12-00");
    world.add("12-00");
    gate.reached().await;
    stop.send(()).unwrap();
    gate.open();
    let report = working.await.unwrap().unwrap();
    assert_eq!(report.completed, 1, "what it had when it was stopped is finished");
}

#[tokio::test]
async fn what_outlasts_the_grace_is_given_back_at_once() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let worker = world.worker("a", false);
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let working = tokio::spawn(worker.run(Arc::new(()), stopped, Duration::ZERO));
    gate.reached().await;
    assert_eq!(world.state("12-00").await, Some(ClaimState::Claimed));
    stop.send(()).unwrap();
    assert_eq!(working.await.unwrap().unwrap(), WorkerReport::default());
    gate.left().await;
    assert_eq!(world.state("12-00").await, Some(ClaimState::Waiting));
    assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"]);
    gate.open();
    assert_eq!(world.work_once("b").await.completed, 1, "nobody waits for the lease");
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_claims_nothing() {
    let world = build_world(&["12-00"], 1);
    let (stop, stopped) = oneshot::channel::<()>();
    drop(stop);
    let worker = world.worker("a", false);
    let stopped = async {
        let _ = stopped.await;
    };
    let report = worker.run(Arc::new(()), stopped, LONG).await.unwrap();
    assert!(report.completed <= 1, "at most what it had claimed already");
    let report = world.worker("a", false).run(Arc::new(()), ready(()), LONG).await.unwrap();
    assert_eq!(report.failed, 0);
}

#[tokio::test]
async fn recordings_that_a_queue_announces_are_counted() {
    let world = build_world(&["12-00", "12-30"], 1);
    let damaged = || TranscribeError::Damaged { reason: "it breaks".to_owned() };
    world.transcriber.fail("12-30", damaged);
    let announced =
        ["12-00", "12-30"].map(|block| Announcement::Recordings(vec![object_key(&key_of(block))]));
    let queue = FakeQueue::new(announced);
    let worker = world.worker("a", false).announced_by(Arc::new(queue.clone()));
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let working = tokio::spawn(worker.run(Arc::new(()), stopped, LONG));
    while world.transcriber.calls().len() < 2 || world.store.text_count() < 1 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    let report = working.await.unwrap().unwrap();
    assert_eq!(report, WorkerReport { completed: 1, failed: 1, lost: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_lease_holds_for_as_long_as_the_work_goes_on() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let working = tokio::spawn(world.worker("a", true).run(Arc::new(()), pending(), LONG));
    gate.reached().await;
    let query = ClaimQuery::Objects(vec![object_key(&key_of("12-00"))]);
    let first = world.store.claims(&query).await.unwrap()[0].lease_until;
    // The store's clock is the real one: all that counts here is a new lease.
    tokio::time::sleep(LEASE + LEASE / 10).await;
    let renewed = world.store.claims(&query).await.unwrap()[0].lease_until;
    assert!(renewed > first, "{renewed} after {first}");
    gate.open();
    assert_eq!(working.await.unwrap().unwrap().completed, 1);
    tokio::time::sleep(LEASE).await;
    assert_eq!(world.store.claims(&query).await.unwrap()[0].lease_until, renewed, "then no more");
}

#[tokio::test(start_paused = true)]
async fn a_text_waits_for_a_store_that_is_away() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let working = tokio::spawn(world.worker("a", true).run(Arc::new(()), pending(), LONG));
    gate.reached().await;
    world.store.fail_claims(20, unavailable);
    gate.open();
    assert_eq!(working.await.unwrap().unwrap().completed, 1);
    assert_eq!(world.transcriber.calls().len(), 1, "it was not heard again");
}

#[tokio::test(start_paused = true)]
async fn a_worker_waits_out_a_store_that_is_away() {
    let world = build_world(&["12-00"], 1);
    world.store.fail_claims(20, unavailable);
    assert_eq!(world.work_once("a").await.completed, 1);
}

#[tokio::test]
async fn without_claims_a_worker_does_not_start() {
    let world = build_world(&["12-00"], 1);
    world.store.remove_claims();
    let error = world.worker("a", true).run(Arc::new(()), pending(), LONG).await.unwrap_err();
    assert!(matches!(error, ClaimError::NotInstalled { .. }), "{error:?}");
    assert!(world.transcriber.calls().is_empty());
}

#[tokio::test]
async fn a_broken_recording_keeps_nobody_from_the_others() {
    let world = build_world(&["12-00", "12-30", "13-00"], 1);
    let damaged = || TranscribeError::Damaged { reason: "it breaks".to_owned() };
    world.transcriber.fail("12-30", damaged);
    let report = world.work_once("a").await;
    assert_eq!(report, WorkerReport { completed: 2, failed: 1, lost: 0 });
    assert_eq!(world.state("12-30").await, Some(ClaimState::Waiting), "it backs off");
}
