//! Shutdown.

use std::time::Duration;

use watchme_runner::{Drained, Refused, RunError};
use watchme_testkit::sample::key_of;

use crate::world::{build_world, only, whole_day};

/// A grace that never ends in a test.
const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn without_a_run_draining_ends_at_once() {
    let world = build_world(&["12-00"], 1);
    assert!(!world.runner.is_draining());
    assert_eq!(world.runner.drain(Duration::ZERO).await, Drained::Finished);
    assert!(world.runner.is_draining());
}

#[tokio::test]
async fn after_draining_began_requests_are_refused() {
    let world = build_world(&["12-00"], 1);
    world.runner.drain(LONG).await;
    assert_eq!(world.runner.run(whole_day()).unwrap_err(), Refused::Draining);
}

#[tokio::test]
async fn draining_lets_the_run_under_way_end() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let handle = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    let open = async {
        tokio::task::yield_now().await;
        gate.open();
    };
    let (drained, ()) = tokio::join!(world.runner.drain(LONG), open);
    assert_eq!(drained, Drained::Finished);
    assert_eq!(handle.report().await.unwrap().completed().count(), 2);
}

#[tokio::test]
async fn draining_cancels_what_outlasts_the_grace_and_keeps_what_is_saved() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-30");
    let handle = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    assert_eq!(world.runner.drain(Duration::ZERO).await, Drained::Cancelled);
    gate.left().await;
    assert!(matches!(*handle.report().await.unwrap_err(), RunError::Cancelled));
    assert_eq!(world.store.statuses(&key_of("12-00")), ["completed"]);
    assert_eq!(world.store.statuses(&key_of("12-30")), ["pending"]);
}

#[tokio::test]
async fn draining_cancels_runs_that_wait_before_the_grace_is_over() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let waiting = world.runner.run(only("12-30")).unwrap();
    let answer = async {
        let error = waiting.report().await.unwrap_err();
        gate.open();
        error
    };
    let (drained, error) = tokio::join!(world.runner.drain(LONG), answer);
    assert_eq!(drained, Drained::Finished);
    assert!(matches!(*error, RunError::Cancelled));
    first.report().await.unwrap();
    assert_eq!(world.store.statuses(&key_of("12-30")), ["pending"]);
}
