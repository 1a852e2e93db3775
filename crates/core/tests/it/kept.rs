//! The notes of a transcriber are forgotten when the text is saved, and not before.

use std::sync::Arc;
use std::time::Duration;

use watchme_core::{Claiming, Pipeline, Quarantine, RecordingStatus};
use watchme_testkit::sample;

use crate::{Bench, day, unreachable_store};

impl Bench {
    fn pipelines(&self) -> [Pipeline; 2] {
        let claiming = Claiming {
            store: Arc::new(self.store.clone()),
            owner: "a".to_owned(),
            lease: Duration::from_hours(1),
            quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
        };
        [self.pipeline(), self.pipeline().claiming(claiming)]
    }
}

#[tokio::test]
async fn the_work_on_a_saved_text_is_forgotten() {
    for with_claims in [false, true] {
        let bench = Bench::at(&["09-00", "09-00-20", "09-30"]);
        let pipeline = &bench.pipelines()[usize::from(with_claims)];
        pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap();
        assert_eq!(bench.transcriber.forgotten(), ["09-00", "09-00-20", "09-30"]);
    }
}

#[tokio::test]
async fn the_work_on_a_text_that_is_not_saved_is_kept_for_the_next_attempt() {
    let bench = Bench::at(&["09-00", "09-30"]);
    bench.store.fail_saves(1, unreachable_store);
    let report = bench.run_day().await;
    assert_eq!(report.failed().count(), 1);
    assert_eq!(bench.transcriber.forgotten(), ["09-30"]);
}

#[tokio::test]
async fn the_work_on_a_claimed_text_that_is_not_saved_is_kept_too() {
    let bench = Bench::at(&["09-00"]);
    let mut held = bench.transcriber.hold("09-00");
    let [_, pipeline] = bench.pipelines();
    let (selection, options) = (day(), sample::options());
    let work = async {
        held.reached().await;
        bench.store.fail_claims(1, unreachable_store);
        held.open();
    };
    let (report, ()) = tokio::join!(pipeline.run(&selection, &options, Arc::new(())), work);
    assert_eq!(report.unwrap().failed().count(), 1);
    assert_eq!(bench.transcriber.forgotten(), [""; 0]);
}

#[tokio::test]
async fn a_dropped_run_keeps_the_work_that_waits_for_the_rest_of_its_slot() {
    let bench = Bench::at(&["09-00", "09-00-20"]);
    let mut held = bench.transcriber.hold("09-00-20");
    let pipeline = bench.pipeline();
    let (selection, options) = (day(), sample::options());
    tokio::select! {
        _ = pipeline.run(&selection, &options, Arc::new(())) => panic!("it is held"),
        () = held.reached() => {}
    }
    assert_eq!(bench.transcriber.heard(), ["09-00", "09-00-20"]);
    assert_eq!(bench.transcriber.forgotten(), [""; 0]);
}
