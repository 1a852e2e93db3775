//! Following the events of a run.

use std::sync::Arc;

use tokio::task::JoinSet;
use watchme_core::TranscribeError;
use watchme_runner::{Bounds, Followed, Follower, LoggedEvent, RunEvent, RunState};
use watchme_testkit::sample::key_of;

use crate::chatty::{STEPS, chatty_world};
use crate::world::{build_world, only, whole_day, world_within};

/// Everything a follower reads until the run ends.
async fn rest(mut follower: Follower) -> Vec<Followed> {
    let mut read = Vec::new();
    while let Some(followed) = follower.next().await {
        read.push(followed);
    }
    read
}

/// The numbers of the events read; a gap appears as the negated number it leads to.
fn numbers(read: &[Followed]) -> Vec<i64> {
    let number = |followed: &Followed| match followed {
        Followed::Event(event) => event.id.cast_signed(),
        Followed::Gap { resumed_after, .. } => -resumed_after.cast_signed(),
    };
    read.iter().map(number).collect()
}

fn name(event: &LoggedEvent) -> String {
    match &event.event {
        RunEvent::Started => "started".to_owned(),
        RunEvent::Planned { objects } => format!("planned {objects}"),
        RunEvent::Fetched { size_bytes, .. } => format!("fetched {size_bytes} bytes"),
        RunEvent::Progress(progress) => format!("progress {}", progress.done.as_secs()),
        RunEvent::Finished(report) => format!("finished {}", report.outcome.is_completed()),
        RunEvent::Ended { state, .. } => format!("ended {}", state.as_str()),
        other => panic!("an event without a name: {other:?}"),
    }
}

fn names(read: &[Followed]) -> Vec<String> {
    let name = |followed: &Followed| match followed {
        Followed::Event(event) => name(event),
        Followed::Gap { .. } => "gap".to_owned(),
    };
    read.iter().map(name).collect()
}

#[tokio::test]
async fn a_follower_reads_every_event_in_order_and_then_the_end() {
    let world = build_world(&["12-00", "12-30"], 1);
    world.transcriber.fail("12-30", || TranscribeError::Engine { reason: "on purpose".into() });
    let mut gate = world.transcriber.hold("12-00");
    let run = world.runner.run(whole_day()).unwrap();
    let mut follower = world.runner.follow(run.accepted().id, 0).unwrap();
    gate.reached().await;
    let mut read = Vec::new();
    while read.len() < 4 {
        read.push(follower.next().await.unwrap());
    }
    assert_eq!(names(&read)[..3], ["started", "planned 2", "fetched 5 bytes"]);
    gate.open();
    read.extend(rest(follower).await);
    let read = names(&read);
    let after_first = read.iter().position(|name| name == "finished true").unwrap();
    assert!(read[..after_first].contains(&"progress 60".to_owned()), "{read:?}");
    assert_eq!(read[after_first + 1..].last().unwrap(), "ended finished");
    assert_eq!(read.iter().filter(|name| *name == "finished false").count(), 1);
}

#[tokio::test]
async fn who_resumes_at_any_event_reads_the_others_once_and_in_order() {
    let world = build_world(&["12-00", "12-30", "13-00"], 1);
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    run.report().await.unwrap();
    let every = numbers(&rest(world.runner.follow(id, 0).unwrap()).await);
    assert!(every.len() > 10, "{every:?}");
    assert!(every.is_sorted_by(|a, b| a < b));
    for (index, number) in every.iter().enumerate() {
        let after = number.cast_unsigned();
        let follower = world.runner.follow(id, after).unwrap();
        assert_eq!(follower.is_at_end(), index + 1 == every.len());
        assert_eq!(numbers(&rest(follower).await), every[index + 1..]);
    }
}

#[tokio::test]
async fn who_reconnects_after_every_event_of_a_live_run_misses_nothing() {
    let world = build_world(&["12-00", "12-30"], 1);
    let gates = ["12-00", "12-30"].map(|block| (block, world.transcriber.hold(block)));
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    let steps = tokio::spawn(async move {
        for (_, mut gate) in gates {
            gate.reached().await;
            gate.open();
        }
    });
    let (mut after, mut read) = (0, Vec::new());
    while let Some(followed) = world.runner.follow(id, after).unwrap().next().await {
        let Followed::Event(event) = &followed else { panic!("{followed:?}") };
        assert!(event.id > after);
        after = event.id;
        read.push(followed);
    }
    steps.await.unwrap();
    let every = rest(world.runner.follow(id, 0).unwrap()).await;
    let (read, every) = (numbers(&read), numbers(&every));
    assert!(every.iter().all(|number| read.contains(number)), "{read:?} lacks of {every:?}");
}

#[tokio::test]
async fn progress_without_end_neither_fills_the_log_nor_reaches_a_slow_follower() {
    let (runner, mut gate) = chatty_world();
    let run = runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    let slow = runner.follow(id, 0).unwrap();
    gate.reached().await;
    let progress = runner.get(id).unwrap().progress;
    assert_eq!(progress.current.unwrap().done.as_secs(), STEPS);
    gate.open();
    run.report().await.unwrap();
    assert!(runner.get(id).unwrap().last_event > STEPS, "every step was told");
    let read = rest(slow).await;
    let expected =
        ["started", "planned 1", "fetched 5 bytes", "progress", "finished true", "ended finished"];
    assert_eq!(read.len(), expected.len(), "{:?}", names(&read));
    for (name, expected) in names(&read).iter().zip(expected) {
        assert!(name.starts_with(expected), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_followers_cost_the_run_nothing_and_read_the_same() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    gate.reached().await;
    let mut readers = JoinSet::new();
    let mut idle = Vec::new();
    for number in 0..1000 {
        let follower = world.runner.follow(id, 0).unwrap();
        if number % 2 == 0 {
            readers.spawn(rest(follower));
        } else {
            idle.push(follower);
        }
    }
    gate.open();
    assert_eq!(run.report().await.unwrap().completed().count(), 2);
    let every = numbers(&rest(world.runner.follow(id, 0).unwrap()).await);
    for read in readers.join_all().await {
        let read = numbers(&read);
        assert!(every.iter().all(|number| read.contains(number)), "{read:?}");
    }
    // Those who never read have nothing of their own: the log is the one copy.
    for follower in idle {
        let read = rest(follower).await;
        assert_eq!(numbers(&read), every);
        let Some(Followed::Event(event)) = read.first() else { panic!("{read:?}") };
        assert!(Arc::strong_count(event) <= 3, "{}", Arc::strong_count(event));
    }
}

#[tokio::test]
async fn what_was_dropped_is_a_gap_and_not_a_lie() {
    let bounds = Bounds { kept_events: 4, ..Bounds::default() };
    let world = world_within(&["12-00", "12-30", "13-00"], bounds);
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    run.report().await.unwrap();
    let last = world.runner.get(id).unwrap().last_event;

    let read = rest(world.runner.follow(id, 0).unwrap()).await;
    assert_eq!(read.len(), 5, "a gap and four events");
    assert!(
        matches!(read[0], Followed::Gap { asked_after: 0, resumed_after } if resumed_after > 0)
    );
    assert_eq!(numbers(&read).last(), Some(&last.cast_signed()));

    let unknown = rest(world.runner.follow(id, last + 7).unwrap()).await;
    let Followed::Gap { asked_after, resumed_after: 0 } = unknown[0] else { panic!("{unknown:?}") };
    assert_eq!(asked_after, last + 7);
    assert_eq!(numbers(&unknown).last(), Some(&last.cast_signed()));
}

#[tokio::test]
async fn a_follower_of_a_run_that_waits_waits_with_it() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let _first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    assert_eq!(second.accepted().state, RunState::Waiting);
    let mut follower = world.runner.follow(second.accepted().id, 0).unwrap();
    assert!(at_once(&mut follower).is_none(), "nothing happened yet");
    gate.open();
    assert_eq!(names(&rest(follower).await)[0], "started");
}

/// Reads everything that needs no waiting.
fn at_once(follower: &mut Follower) -> Option<Followed> {
    use std::task::{Context, Poll, Waker};
    let next = std::pin::pin!(follower.next());
    match next.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(read) => read,
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_finished_recording_has_its_text_and_the_last_event_the_report() {
    let world = build_world(&["12-00"], 1);
    let run = world.runner.run(whole_day()).unwrap();
    let id = run.accepted().id;
    let report = run.report().await.unwrap();
    let read = rest(world.runner.follow(id, 0).unwrap()).await;
    let events = read.iter().map(|followed| match followed {
        Followed::Event(event) => &event.event,
        Followed::Gap { .. } => panic!("a gap"),
    });
    let events: Vec<_> = events.collect();
    let [.., RunEvent::Finished(recording), RunEvent::Ended { result, .. }] = events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(recording.label, key_of("12-00"));
    assert_eq!(*recording, report.recordings[0]);
    assert!(Arc::ptr_eq(result.as_ref().unwrap(), &report));
}
