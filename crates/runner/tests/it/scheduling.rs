//! Schedules: their firings, the recordings they take, and their end.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use watchme_core::{ClaimState, Claiming, Quarantine, RecordingStatus, StoreError};
use watchme_runner::{
    Fired, LeasedPipeline, ScheduleEvent, ScheduleListener, Scheduler, SchedulerConfig,
};
use watchme_testkit::sample::{key_of, options};

use crate::world::{World, build_world};

/// A grace that never ends in a test.
const LONG: Duration = Duration::from_hours(1);

/// A look-back that reaches the sample day from any now.
const EVER: Duration = Duration::from_hours(24 * 365 * 1000);

impl World {
    fn scheduler(&self, owner: &str) -> Scheduler {
        self.scheduler_with(owner, EVER, "")
    }

    fn scheduler_with(&self, owner: &str, look_back: Duration, skip: &str) -> Scheduler {
        let claiming = Claiming {
            store: Arc::new(self.store.clone()),
            owner: owner.to_owned(),
            lease: Duration::from_mins(1),
            quarantine: Quarantine { max_strikes: 5, status: RecordingStatus::Failed },
        };
        let config = SchedulerConfig {
            look_back,
            skip: skip.parse().unwrap(),
            zone: jiff::tz::TimeZone::UTC,
            options: options(),
        };
        Scheduler::new(LeasedPipeline::new(self.pipeline.clone(), claiming, LONG), config)
    }
}

/// Fires every five seconds, this many times: tests wait no longer than that for a gate.
fn times(count: usize) -> impl Fn(Timestamp) -> Option<Timestamp> + Send + 'static {
    let left = std::sync::atomic::AtomicUsize::new(count);
    move |after| {
        use std::sync::atomic::Ordering::Relaxed;
        let is_left = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        is_left.then(|| after + SignedDuration::from_secs(5))
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { backend: "the test", retry_after: None, source: "scripted".into() }
}

fn nobody() -> Arc<()> {
    Arc::new(())
}

#[tokio::test]
async fn a_firing_takes_up_the_look_back_and_leaves_hours_to_skip() {
    let world = build_world(&["03-00", "10-00", "11-30", "12-00"], 1);
    let noon: Timestamp = "2025-07-20T12:00:00+09:00".parse().unwrap();
    let scheduler = world.scheduler_with("a", Duration::from_hours(9), "11-12");
    let firing = scheduler.fire(noon, nobody()).await.unwrap();
    assert_eq!(firing.report.completed().count(), 2);
    assert_eq!((firing.due.outside_period, firing.due.in_skipped_hours), (1, 1));
    assert_eq!(world.store.statuses(&key_of("11-30")), ["pending"]);
    assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"]);
}

#[tokio::test]
async fn what_is_due_is_told_without_a_claim_or_a_change() {
    let world = build_world(&["12-00"], 1);
    let due = world.scheduler("a").due(Timestamp::now()).await.unwrap();
    assert_eq!(due.plan.objects.len(), 1);
    assert_eq!(world.state("12-00").await, None);
    assert_eq!(world.store.statuses(&key_of("12-00")), ["pending"]);
}

#[tokio::test(start_paused = true)]
async fn two_schedulers_do_each_recording_once() {
    let blocks = ["12-00", "12-30", "13-00", "13-30", "14-00", "14-30"];
    let world = build_world(&blocks, 1);
    let run = |owner| world.scheduler(owner).run(times(2), nobody(), pending(), LONG);
    let (one, other) = tokio::join!(run("a"), run("b"));
    assert_eq!(one.completed + other.completed, blocks.len(), "{one:?} {other:?}");
    assert_eq!(one.failed + other.failed, 0);
    assert_eq!(one.firings + other.firings, 4);
    assert_eq!(world.transcriber.calls().len(), blocks.len(), "none was done twice");
}

#[tokio::test(start_paused = true)]
async fn a_schedule_finds_what_came_since_it_fired_last() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-30");
    let running = world.scheduler("a").run(times(5), nobody(), pending(), LONG);
    let coming = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
        world.add("12-30");
        gate.reached().await;
        gate.open();
    };
    let (fired, ()) = tokio::join!(running, coming);
    assert_eq!(fired.completed, 2);
}

#[tokio::test(start_paused = true)]
async fn a_firing_is_skipped_while_the_last_one_works() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let running = tokio::spawn(world.scheduler("a").run(times(4), nobody(), pending(), LONG));
    gate.reached().await;
    tokio::time::sleep(Duration::from_mins(10)).await;
    gate.open();
    let fired = running.await.unwrap();
    assert_eq!(fired, Fired { firings: 1, skipped: 3, completed: 1, ..Fired::default() });
}

#[tokio::test(start_paused = true)]
async fn a_firing_that_cannot_read_leaves_the_next_to_its_time() {
    let world = build_world(&["12-00"], 1);
    world.store.fail_reads(1, unavailable);
    let fired = world.scheduler("a").run(times(2), nobody(), pending(), LONG).await;
    assert_eq!(fired, Fired { firings: 1, broken_off: 1, completed: 1, ..Fired::default() });
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_firing_under_way_end() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let running = tokio::spawn(world.scheduler("a").run(times(9), nobody(), stopped, LONG));
    gate.reached().await;
    stop.send(()).unwrap();
    gate.open();
    let fired = running.await.unwrap();
    assert_eq!(fired, Fired { firings: 1, completed: 2, ..Fired::default() });
}

#[tokio::test]
async fn what_outlasts_the_grace_is_given_back_at_once() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let soon = |_| Some(Timestamp::now());
    let running = world.scheduler("a").run(soon, nobody(), stopped, Duration::ZERO);
    let running = tokio::spawn(running);
    gate.reached().await;
    stop.send(()).unwrap();
    let fired = running.await.unwrap();
    assert_eq!((fired.firings, fired.broken_off, fired.completed), (0, 1, 0));
    assert_eq!(world.state("12-00").await, Some(ClaimState::Waiting));
    gate.open();
    let firing = world.scheduler("b").fire(Timestamp::now(), nobody()).await.unwrap();
    assert_eq!(firing.report.completed().count(), 1, "nobody waits for the lease");
}

#[tokio::test]
async fn without_claims_one_machine_keeps_its_schedule() {
    let world = build_world(&["12-00"], 1);
    world.store.remove_claims();
    let firing = world.scheduler("a").fire(Timestamp::now(), nobody()).await.unwrap();
    assert_eq!(firing.report.completed().count(), 1);
}

/// Records the events of a scheduler, in a word each.
#[derive(Default)]
struct Words(Mutex<Vec<String>>);

impl ScheduleListener for Words {
    fn heard(&self, event: ScheduleEvent<'_>) {
        let word = match event {
            ScheduleEvent::Planned(Some(_)) => "planned".to_owned(),
            ScheduleEvent::Planned(None) => "no more".to_owned(),
            ScheduleEvent::Began(_) => "began".to_owned(),
            ScheduleEvent::Found(due) => format!("found {}", due.plan.objects.len()),
            ScheduleEvent::Ended(Ok(firing)) => {
                format!("completed {}", firing.report.completed().count())
            }
            ScheduleEvent::Ended(Err(error)) => error.to_string(),
            other => panic!("an event without a word: {other:?}"),
        };
        self.0.lock().unwrap().push(word);
    }
}

impl Words {
    fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn who_listens_hears_of_each_firing_and_how_it_ended() {
    let world = build_world(&["12-00"], 1);
    world.store.fail_reads(1, unavailable);
    let words = Arc::new(Words::default());
    let scheduler = world.scheduler("a").heard_by(words.clone());
    scheduler.clone().run(times(2), nobody(), pending(), LONG).await;
    let unread = "what is pending could not be read";
    let expected =
        ["planned", "began", "planned", unread, "began", "no more", "found 1", "completed 1"];
    assert_eq!(words.said(), expected);

    world.add("12-30");
    let mut gate = world.transcriber.hold("12-30");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let running = tokio::spawn(scheduler.run(times(2), nobody(), stopped, Duration::ZERO));
    gate.reached().await;
    stop.send(()).unwrap();
    running.await.unwrap();
    let said = words.said();
    assert_eq!(said[..4], ["planned", "began", "planned", "found 1"]);
    assert!(said[4].starts_with("the service was shut down"), "{said:?}");
}
