//! The events of a run, in order. A mock refuses any that is not expected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mockall::{Sequence, mock};
use watchme_core::{Event, FailureKind, Observer, Outcome, Report, TranscribeError};
use watchme_testkit::sample::{self, key_of};

use crate::{Bench, day, unreachable_source};

/// Length of every recording of the fake transcriber.
const AUDIO: Duration = Duration::from_mins(1);

mock! {
    Watcher {}

    impl Observer for Watcher {
        fn observe<'a>(&self, event: Event<'a>);
    }
}

impl MockWatcher {
    /// Expects one event that `fits`, after all earlier ones of `order`.
    fn expect_next(
        &mut self,
        order: &mut Sequence,
        fits: impl Fn(&Event<'_>) -> bool + Send + 'static,
    ) {
        self.expect_observe().withf(fits).once().in_sequence(order).return_const(());
    }
}

fn is_planned(objects: usize) -> impl Fn(&Event<'_>) -> bool {
    move |event| *event == Event::Planned { objects }
}

/// True for the event that the recording of a block, which holds the block's name, was fetched.
fn is_fetched(block: &'static str) -> impl Fn(&Event<'_>) -> bool {
    move |event| match event {
        Event::Fetched { key, size_bytes } => {
            key.as_str() == key_of(block) && *size_bytes == block.len() as u64
        }
        _ => false,
    }
}

fn is_progress(block: &'static str, expected: Duration) -> impl Fn(&Event<'_>) -> bool {
    move |event| match event {
        Event::Progress { key, done, total } => {
            key.as_str() == key_of(block) && *done == expected && *total == Some(AUDIO)
        }
        _ => false,
    }
}

fn is_finished(block: &'static str, failed: Option<FailureKind>) -> impl Fn(&Event<'_>) -> bool {
    move |event| match event {
        Event::Finished { report } => {
            let kind = match &report.outcome {
                Outcome::Transcribed(_) => None,
                Outcome::Failed(failure) => Some(failure.kind),
            };
            report.label == key_of(block) && kind == failed
        }
        _ => false,
    }
}

/// Runs the day. An expected event that did not come fails the test when the mock is dropped.
async fn watch(bench: &Bench, watcher: MockWatcher) -> Report {
    bench.pipeline().run(&day(), &sample::options(), Arc::new(watcher)).await.unwrap()
}

#[tokio::test]
async fn a_recording_is_planned_fetched_transcribed_and_finished_in_this_order() {
    let bench = Bench::at(&["12-00"]);
    let (mut watcher, mut order) = (MockWatcher::new(), Sequence::new());
    watcher.expect_next(&mut order, is_planned(1));
    watcher.expect_next(&mut order, is_fetched("12-00"));
    watcher.expect_next(&mut order, is_progress("12-00", Duration::ZERO));
    watcher.expect_next(&mut order, is_progress("12-00", AUDIO));
    watcher.expect_next(&mut order, is_finished("12-00", None));
    watch(&bench, watcher).await;
}

/// Between recordings no order is promised: they are fetched ahead.
#[tokio::test]
async fn each_recording_of_a_run_has_its_events_in_order_and_after_the_plan() {
    const BLOCKS: [&str; 3] = ["09-00", "12-00", "12-30"];
    for prefetch in [1, 2] {
        let bench = Bench { prefetch, ..Bench::at(&BLOCKS) };
        let mut watcher = MockWatcher::new();
        let planned = Arc::new(AtomicBool::new(false));
        let set = planned.clone();
        watcher
            .expect_observe()
            .withf(is_planned(BLOCKS.len()))
            .once()
            .returning(move |_| set.store(true, Ordering::Relaxed));
        for block in BLOCKS {
            let (mut order, planned) = (Sequence::new(), planned.clone());
            let fits = is_fetched(block);
            watcher.expect_next(&mut order, move |event| {
                planned.load(Ordering::Relaxed) && fits(event)
            });
            watcher.expect_next(&mut order, is_progress(block, Duration::ZERO));
            watcher.expect_next(&mut order, is_progress(block, AUDIO));
            watcher.expect_next(&mut order, is_finished(block, None));
        }
        let report = watch(&bench, watcher).await;
        assert_eq!(report.completed().count(), BLOCKS.len());
    }
}

#[tokio::test]
async fn a_recording_that_cannot_be_fetched_is_finished_as_failed() {
    let bench = Bench::at(&["12-00"]);
    bench.source.fail(&key_of("12-00"), unreachable_source);
    let (mut watcher, mut order) = (MockWatcher::new(), Sequence::new());
    watcher.expect_next(&mut order, is_planned(1));
    let failed = Some(FailureKind::SourceUnavailable);
    watcher.expect_next(&mut order, is_finished("12-00", failed));
    watch(&bench, watcher).await;
}

#[tokio::test]
async fn a_recording_that_cannot_be_transcribed_is_finished_as_failed() {
    let bench = Bench::at(&["12-00"]);
    let error = || TranscribeError::Unsupported { reason: "scripted".to_owned() };
    bench.transcriber.fail("12-00", error);
    let (mut watcher, mut order) = (MockWatcher::new(), Sequence::new());
    watcher.expect_next(&mut order, is_planned(1));
    watcher.expect_next(&mut order, is_fetched("12-00"));
    watcher.expect_next(&mut order, is_progress("12-00", Duration::ZERO));
    let failed = Some(FailureKind::UnsupportedAudio);
    watcher.expect_next(&mut order, is_finished("12-00", failed));
    watch(&bench, watcher).await;
}

#[tokio::test]
async fn a_run_of_nothing_is_planned_and_nothing_else() {
    let (mut watcher, mut order) = (MockWatcher::new(), Sequence::new());
    watcher.expect_next(&mut order, is_planned(0));
    watch(&Bench::at(&[]), watcher).await;
}
