//! Following all runs at once.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;
use watchme_runner::{Bounds, RunId, RunSnapshot, RunState, RunsFollower};

use crate::chatty::{STEPS, chatty_world};
use crate::world::{build_world, only, whole_day, world_within};

/// A grace that never ends in a test.
const LONG: Duration = Duration::from_hours(1);

/// Reads until this run has ended.
async fn until_end(follower: &mut RunsFollower, id: RunId) -> Vec<RunSnapshot> {
    let mut read = Vec::new();
    loop {
        let run = follower.next().await.unwrap();
        let is_end = run.id == id && run.state.is_ended();
        read.push(run);
        if is_end {
            return read;
        }
    }
}

/// Reads everything that needs no waiting.
fn at_once(follower: &mut RunsFollower) -> Vec<RunSnapshot> {
    std::iter::from_fn(|| follower.next().now_or_never().flatten()).collect()
}

fn states(read: &[RunSnapshot], id: RunId) -> Vec<RunState> {
    let mut states: Vec<RunState> =
        read.iter().filter(|run| run.id == id).map(|run| run.state).collect();
    states.dedup();
    states
}

#[tokio::test(start_paused = true)]
async fn every_run_is_told_from_its_request_to_its_end() {
    use RunState::{Cancelled, Finished, Running, Waiting};

    let world = build_world(&["12-00", "12-30", "13-00"], 2);
    let mut gate = world.transcriber.hold("12-00");
    let mut follower = world.runner.follow_all(20);
    let first = world.runner.run(only("12-00")).unwrap().accepted().id;
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap().accepted().id;
    let third = world.runner.run(only("13-00")).unwrap().accepted().id;
    let mut read = at_once(&mut follower);
    assert_eq!(states(&read, first), [Running]);
    assert_eq!((states(&read, second), states(&read, third)), (vec![Waiting], vec![Waiting]));
    world.runner.cancel(third).unwrap();
    gate.open();
    read.extend(until_end(&mut follower, second).await);
    assert_eq!(states(&read, first), [Running, Finished]);
    // Between these it ran, and was done before anybody looked.
    assert_eq!(states(&read, second).first(), Some(&Waiting));
    assert_eq!(states(&read, second).last(), Some(&Finished));
    assert_eq!(states(&read, third), [Waiting, Cancelled]);
    for id in [first, second, third] {
        let ends = read.iter().filter(|run| run.id == id && run.state.is_ended());
        assert_eq!(ends.count(), 1, "an end is told once");
    }
    assert!(at_once(&mut follower).is_empty());
}

#[tokio::test]
async fn a_follower_begins_with_what_goes_on_and_the_latest_ends() {
    let world = build_world(&["12-00", "12-30", "13-00", "13-30", "14-00"], 2);
    let mut ids = Vec::new();
    for block in ["12-00", "12-30", "13-00"] {
        let run = world.runner.run(only(block)).unwrap();
        ids.push(run.accepted().id);
        run.report().await.unwrap();
    }
    let mut gate = world.transcriber.hold("13-30");
    ids.push(world.runner.run(only("13-30")).unwrap().accepted().id);
    gate.reached().await;
    ids.push(world.runner.run(only("14-00")).unwrap().accepted().id);
    let begin = |recent| {
        let mut told: Vec<RunId> =
            at_once(&mut world.runner.follow_all(recent)).iter().map(|run| run.id).collect();
        told.sort();
        told
    };
    assert_eq!(begin(20), ids);
    assert_eq!(begin(3), ids);
    assert_eq!(begin(2), ids[1..]);
    assert_eq!(begin(0), ids[3..]);
    gate.open();
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_as_often_as_somebody_reads_and_the_end_at_once() {
    let (runner, mut gate) = chatty_world();
    let id = runner.run(whole_day()).unwrap().accepted().id;
    let mut follower = runner.follow_all(20);
    let mut before = at_once(&mut follower);
    gate.reached().await;
    // All of its progress came at one time: the first sight of it, and one more half a second later.
    let waited = Instant::now();
    let latest = follower.next().await.unwrap();
    assert_eq!(waited.elapsed(), Duration::from_millis(500));
    assert_eq!(latest.progress.current.as_ref().unwrap().done, Duration::from_secs(STEPS));
    before.push(latest);
    assert!(before.len() <= 2, "{before:?}");
    let waited = Instant::now();
    gate.open();
    let end = until_end(&mut follower, id).await;
    assert_eq!(end.last().unwrap().state, RunState::Finished);
    assert_eq!(waited.elapsed(), Duration::ZERO, "an end does not wait");
}

#[tokio::test]
async fn an_end_is_told_also_of_a_run_that_is_not_kept_any_more() {
    let world = world_within(&["12-00", "12-30"], Bounds { kept_runs: 1, ..Bounds::default() });
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let mut follower = world.runner.follow_all(20);
    assert_eq!(at_once(&mut follower).len(), 1);
    let id = first.accepted().id;
    gate.open();
    first.report().await.unwrap();
    world.runner.run(only("12-30")).unwrap().report().await.unwrap();
    assert!(world.runner.get(id).is_none());
    let read = at_once(&mut follower);
    assert_eq!(states(&read, id), [RunState::Finished]);
    assert_eq!(read.len(), 2);
}

#[tokio::test]
async fn a_shutdown_is_the_end_of_it() {
    let idle = build_world(&[], 1);
    let mut follower = idle.runner.follow_all(20);
    let (end, _) = tokio::join!(follower.next(), idle.runner.drain(LONG));
    assert!(end.is_none());

    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap().accepted().id;
    let second = world.runner.run(only("12-30")).unwrap().accepted().id;
    gate.reached().await;
    let mut follower = world.runner.follow_all(20);
    let reading = async {
        let mut read = Vec::new();
        while let Some(run) = follower.next().await {
            read.push(run);
        }
        read
    };
    let (read, _) = tokio::join!(reading, world.runner.drain(Duration::ZERO));
    for id in [first, second] {
        assert_eq!(states(&read, id).last(), Some(&RunState::Cancelled));
    }
}
