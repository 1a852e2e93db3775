//! Reports, and runs shared by several callers.

use std::sync::Arc;

use watchme_core::{StoreError, TranscribeOptions};
use watchme_runner::{Refused, Request, RunError};
use watchme_testkit::sample::key_of;

use crate::world::{build_world, object, only, whole_day};

#[tokio::test]
async fn a_caller_gets_the_report_of_its_run() {
    let world = build_world(&["12-00", "12-30"], 1);
    let report = world.runner.run(whole_day()).unwrap().report().await.unwrap();
    assert_eq!((report.total, report.completed().count()), (2, 2));
    assert_eq!(world.store.statuses(&key_of("12-30")), ["completed"]);
}

#[tokio::test]
async fn a_run_goes_on_when_nobody_waits_for_it() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut first = world.transcriber.hold("12-00");
    let mut last = world.transcriber.hold("12-30");
    drop(world.runner.run(whole_day()).unwrap());
    first.reached().await;
    first.open();
    last.reached().await;
    last.open();
    let joined = world.runner.run(whole_day()).unwrap();
    assert!(joined.is_joined());
    joined.report().await.unwrap();
    assert_eq!(world.store.text_count(), 2);
}

#[tokio::test]
async fn equal_requests_share_one_run_and_its_report() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    let second = world.runner.run(whole_day()).unwrap();
    assert!(!first.is_joined());
    assert!(second.is_joined());
    gate.open();
    let (first, second) = (first.report().await.unwrap(), second.report().await.unwrap());
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(world.transcriber.heard(), ["12-00"]);
}

#[tokio::test]
async fn equal_requests_that_wait_share_one_run() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let waiting = world.runner.run(only("12-30")).unwrap();
    let joined = world.runner.run(only("12-30")).unwrap();
    assert!(joined.is_joined());
    gate.open();
    first.report().await.unwrap();
    let (waiting, joined) = (waiting.report().await.unwrap(), joined.report().await.unwrap());
    assert!(Arc::ptr_eq(&waiting, &joined));
}

#[tokio::test]
async fn requests_with_other_options_do_not_share_a_run() {
    let world = build_world(&["12-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let _first = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    let request = whole_day();
    let options = TranscribeOptions { model: "small".parse().unwrap(), ..request.options };
    let second = world.runner.run(Request { options, ..request }).unwrap();
    assert!(!second.is_joined());
}

#[tokio::test]
async fn a_run_that_ended_is_not_joined() {
    let world = build_world(&["12-00"], 1);
    world.runner.run(object("12-00")).unwrap().report().await.unwrap();
    let again = world.runner.run(object("12-00")).unwrap();
    assert!(!again.is_joined());
    again.report().await.unwrap();
    assert_eq!(world.transcriber.heard(), ["12-00", "12-00"]);
}

#[tokio::test]
async fn different_runs_go_one_after_the_other_in_the_order_they_came() {
    let world = build_world(&["12-00", "12-30", "13-00"], 2);
    let mut gate = world.transcriber.hold("13-00");
    let first = world.runner.run(only("13-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    let third = world.runner.run(only("12-00")).unwrap();
    assert_eq!(world.transcriber.heard(), ["13-00"]);
    gate.open();
    for handle in [third, second, first] {
        handle.report().await.unwrap();
    }
    assert_eq!(world.transcriber.heard(), ["13-00", "12-30", "12-00"]);
    assert_eq!(world.transcriber.most_at_work(), 1);
}

#[tokio::test]
async fn overlapping_runs_do_no_recording_twice() {
    let world = build_world(&["12-00", "12-30"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let day = world.runner.run(whole_day()).unwrap();
    gate.reached().await;
    let block = world.runner.run(only("12-30")).unwrap();
    gate.open();
    day.report().await.unwrap();
    assert!(block.report().await.unwrap().recordings.is_empty());
    assert_eq!(world.transcriber.heard(), ["12-00", "12-30"]);
}

#[tokio::test]
async fn a_request_beyond_the_bound_is_refused_and_an_equal_one_still_joins() {
    let world = build_world(&["12-00", "12-30", "13-00"], 1);
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    let refused = world.runner.run(only("13-00")).unwrap_err();
    assert_eq!(refused, Refused::Full { waiting: 1 });
    assert!(world.runner.run(only("12-30")).unwrap().is_joined());
    gate.open();
    first.report().await.unwrap();
    second.report().await.unwrap();
    world.runner.run(only("13-00")).unwrap().report().await.unwrap();
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_the_error_of_every_caller() {
    let world = build_world(&["12-00"], 1);
    world.store.fail_reads(1, || StoreError::Unavailable {
        backend: "the store",
        retry_after: None,
        source: "no route".into(),
    });
    let first = world.runner.run(whole_day()).unwrap();
    let second = world.runner.run(whole_day()).unwrap();
    let (first, second) = (first.report().await.unwrap_err(), second.report().await.unwrap_err());
    assert!(matches!(*first, RunError::Store(StoreError::Unavailable { .. })));
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn a_panic_is_the_answer_of_its_run_and_the_next_run_works() {
    let world = build_world(&["12-00", "12-30"], 1);
    world.transcriber.fail_times(1, "12-00", || panic!("a fault on purpose"));
    let first = world.runner.run(only("12-00")).unwrap();
    let second = world.runner.run(only("12-30")).unwrap();
    let error = first.report().await.unwrap_err();
    assert!(matches!(*error, RunError::Panicked));
    assert_eq!(second.report().await.unwrap().completed().count(), 1);
    let again = world.runner.run(only("12-00")).unwrap().report().await.unwrap();
    assert_eq!(again.completed().count(), 1);
}
