//! Cancelling one run.

use watchme_runner::{NotCancelled, RunError, RunState};
use watchme_testkit::sample::key_of;

use crate::world::{build_world, only, whole_day};

#[tokio::test]
async fn a_run_under_way_is_cancelled_and_what_it_saved_stays() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-30");
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    gate.reached().await;
    assert_eq!(world.runner.cancel(id).unwrap().state, RunState::Running);
    gate.left().await;
    assert!(matches!(*run.report().await.unwrap_err(), RunError::Withdrawn));
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
    assert_eq!(world.store.statuses(&key_of("12-30")), ["pending"]);
    let ended = world.runner.get(id).unwrap();
    assert_eq!(ended.state, RunState::Cancelled);
    assert!(ended.started_at.is_some() && ended.ended_at.is_some());
    assert_eq!(ended.progress.current, None);
    assert_eq!((ended.progress.completed, ended.progress.failed), (1, 0));
}

#[tokio::test]
async fn a_run_that_waits_is_cancelled_at_once_and_the_one_under_way_goes_on() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    let id = second.accepted().id;
    assert_eq!(world.runner.cancel(id).unwrap().state, RunState::Cancelled);
    assert!(matches!(*second.report().await.unwrap_err(), RunError::Withdrawn));
    assert_eq!(world.runner.get(id).unwrap().started_at, None);
    gate.open();
    assert_eq!(first.report().await.unwrap().completed().count(), 1);
    assert_eq!(world.store.statuses(&key_of("12-30")), ["pending"]);
}

#[tokio::test]
async fn after_a_cancelled_run_the_next_one_goes_on() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    world.runner.cancel(first.accepted().id).unwrap();
    assert_eq!(second.report().await.unwrap().completed().count(), 1);
    first.report().await.unwrap_err();
}

#[tokio::test]
async fn a_run_that_is_being_cancelled_is_joined_by_nobody() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    world.runner.cancel(first.accepted().id).unwrap();
    let again = world.runner.run(whole_day()).unwrap();
    assert!(!again.is_joined());
    gate.open();
    assert_eq!(again.report().await.unwrap().completed().count(), 1);
}

#[tokio::test]
async fn a_run_is_cancelled_twice_but_not_after_its_end() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    gate.reached().await;
    world.runner.cancel(id).unwrap();
    world.runner.cancel(id).unwrap();
    run.report().await.unwrap_err();
    let ended = NotCancelled::Ended { state: RunState::Cancelled };
    assert_eq!(world.runner.cancel(id).unwrap_err(), ended);
}

#[tokio::test]
async fn a_run_that_was_never_there_cannot_be_cancelled() {
    let world = build_world(&[], 1);
    let id = "01900000-0000-7000-8000-000000000000".parse().unwrap();
    assert_eq!(world.runner.cancel(id).unwrap_err(), NotCancelled::Unknown);
    assert!(world.runner.get(id).is_none());
    assert!(world.runner.follow(id, 0).is_none());
}
