//! Looking at runs, also after their end.

use watchme_core::StoreError;
use watchme_runner::{Bounds, RunError, RunState};

use crate::world::{build_world, object, only, whole_day, world_within};

#[tokio::test]
async fn a_run_waits_runs_and_finishes_and_its_times_say_when() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    let (first_id, second_id) = (first.accepted().id, second.accepted().id);

    let running = world.runner.get(first_id).unwrap();
    assert_eq!((running.state, running.progress.objects), (RunState::Running, Some(1)));
    assert!(running.started_at.is_some() && running.ended_at.is_none());
    assert!(running.progress.current.is_some() && running.result.is_none());
    let waiting = world.runner.get(second_id).unwrap();
    assert_eq!((waiting.state, waiting.started_at), (RunState::Waiting, None));
    assert_eq!(*waiting.request, only("12-30"));

    gate.open();
    first.report().await.unwrap();
    let report = second.report().await.unwrap();
    let finished = world.runner.get(second_id).unwrap();
    assert_eq!(finished.state, RunState::Finished);
    assert_eq!(finished.result.unwrap().unwrap(), report);
    let (started, ended) = (finished.started_at.unwrap(), finished.ended_at.unwrap());
    assert!(finished.accepted_at <= started && started <= ended);
}

#[tokio::test]
async fn who_joins_gets_the_id_of_the_run_it_joined() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    let second = world.runner.run(whole_day()).unwrap();
    assert_eq!(second.accepted().id, first.accepted().id);
    assert_eq!(second.accepted().state, RunState::Running);
    gate.open();
    first.report().await.unwrap();
    let third = world.runner.run(whole_day()).unwrap();
    assert!(third.accepted().id > second.accepted().id);
}

#[tokio::test]
async fn runs_are_listed_from_the_newest_whatever_their_state() {
    let world = build_world(&["12-00", "12-30", "13-00"], 1);
    let ended = world.runner.run(only("13-00")).unwrap();
    let ended_id = ended.accepted().id;
    ended.report().await.unwrap();
    let mut gate = world.transcriber.hold("12-00");
    let running = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let waiting = world.runner.run(only("12-30")).unwrap();
    let expected = [
        (waiting.accepted().id, RunState::Waiting),
        (running.accepted().id, RunState::Running),
        (ended_id, RunState::Finished),
    ];
    let listed = |limit| {
        let runs = world.runner.list(limit);
        runs.iter().map(|run| (run.id, run.state)).collect::<Vec<_>>()
    };
    assert_eq!(listed(10), expected);
    assert_eq!(listed(2), expected[..2]);
}

#[tokio::test]
async fn of_the_ended_runs_the_oldest_are_dropped() {
    let world = world_within(&["12-00"], Bounds { kept_runs: 3, ..Bounds::default() });
    let mut ids = Vec::new();
    for _ in 0..5 {
        let run = world.runner.run(object("12-00")).unwrap();
        ids.push(run.accepted().id);
        run.report().await.unwrap();
    }
    ids.reverse();
    let listed: Vec<_> = world.runner.list(usize::MAX).iter().map(|run| run.id).collect();
    assert_eq!(listed, ids[..3]);
    assert!(world.runner.get(ids[3]).is_none());
}

#[tokio::test]
async fn ended_runs_that_hold_much_text_make_room_for_each_other() {
    let text = "x".repeat(10_000);
    let world = world_within(&["12-00"], Bounds { kept_bytes: 50_000, ..Bounds::default() });
    world.transcriber.answer("12-00", text);
    for _ in 0..5 {
        world.runner.run(object("12-00")).unwrap().report().await.unwrap();
    }
    // Each is held twice: in the event of its recording and in the report.
    assert_eq!(world.runner.list(usize::MAX).len(), 2);

    let world = world_within(&["12-00"], Bounds { kept_bytes: 0, ..Bounds::default() });
    world.runner.run(object("12-00")).unwrap().report().await.unwrap();
    assert_eq!(world.runner.list(usize::MAX).len(), 1, "the latest stays in any case");
}

#[tokio::test]
async fn a_run_without_a_report_failed_and_says_why() {
    let world = build_world(&["12-00"], 1);
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "the store",
        retry_after: None,
        source: "no route".into(),
    });
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    run.report().await.unwrap_err();
    let failed = world.runner.get(id).unwrap();
    assert_eq!(failed.state, RunState::Failed);
    assert!(matches!(*failed.result.unwrap().unwrap_err(), RunError::Store(_)));
}

#[tokio::test]
async fn runs_that_a_shutdown_cancelled_are_listed_as_such() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let _running = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let _waiting = world.runner.run(only("12-30")).unwrap();
    world.runner.drain(std::time::Duration::ZERO).await;
    let states: Vec<_> = world.runner.list(10).iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Cancelled; 2]);
}
