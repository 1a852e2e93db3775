//! The ledger: what a run keeps, what explains a slot, and rules applied again.

use std::sync::Arc;

use watchme_core::rules::Finding;
use watchme_core::{
    Claiming, Ledger, LedgerError, LedgerStore, Pipeline, Quarantine, RecordingStatus,
    RefilterOutcome, RemovalReason, TranscriptStore,
};
use watchme_testkit::Operation;
use watchme_testkit::sample::{self, DAY, DEVICE, key_of};

use crate::{Bench, day};

impl Bench {
    fn keeping(&self) -> Pipeline {
        self.pipeline().keeping(Arc::new(self.store.clone()))
    }

    fn claiming_and_keeping(&self) -> Pipeline {
        self.keeping().claiming(Claiming {
            store: Arc::new(self.store.clone()),
            owner: "a".to_owned(),
            lease: std::time::Duration::from_hours(1),
            quarantine: Quarantine { max_strikes: 2, status: RecordingStatus::Failed },
        })
    }

    fn ledger(&self) -> Ledger {
        Ledger::new(self.pipeline(), Arc::new(self.store.clone()))
    }

    async fn run_keeping(&self) {
        self.keeping().run(&day(), &sample::options(), Arc::new(())).await.unwrap();
    }

    async fn refilter(&self, is_dry: bool) -> Vec<(String, RefilterOutcome, usize)> {
        let (device, date) = (sample::device(DEVICE), sample::date(DAY));
        let done = self.ledger().refilter(&device, date, None, is_dry).await.unwrap();
        let slots = done.into_iter();
        slots.map(|it| (it.slot.block.to_string(), it.outcome, it.changes.len())).collect()
    }
}

#[tokio::test]
async fn what_is_heard_is_kept_with_and_without_claims() {
    for claims in [true, false] {
        let bench = Bench::at(&["09-00", "09-30"]);
        bench.transcriber.invent("09-30", RemovalReason::Loop);
        let pipeline = if claims { bench.claiming_and_keeping() } else { bench.keeping() };
        let report = pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap();
        assert_eq!(report.completed().count(), 2);
        for (block, said, removed) in [("09-00", "09-00", 0), ("09-30", "", 1)] {
            let kept = bench.store.kept(&sample::slot(block)).await.unwrap();
            assert_eq!(kept.len(), 1, "{claims}: {kept:?}");
            let entry = &kept[0].entry;
            assert_eq!(entry.object_key.as_str(), key_of(block));
            assert_eq!(entry.model.as_str(), "base");
            assert_eq!(entry.transcript.text(), said);
            assert_eq!(entry.transcript.removed.len(), removed);
        }
    }
}

#[tokio::test]
async fn a_database_without_a_ledger_loses_nothing_else() {
    for claims in [true, false] {
        let bench = Bench::at(&["09-00"]);
        bench.store.remove_ledger();
        let pipeline = if claims { bench.claiming_and_keeping() } else { bench.keeping() };
        pipeline.run(&day(), &sample::options(), Arc::new(())).await.unwrap();
        assert_eq!(bench.text("09-00").as_deref(), Some("09-00"));
        assert_eq!(bench.status("09-00"), "completed");
        let error = bench.ledger().explain(&sample::slot("09-00")).await.unwrap_err();
        assert!(matches!(error, LedgerError::NotInstalled { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn nothing_is_kept_unless_it_is_asked_for() {
    let bench = Bench::at(&["09-00"]);
    bench.run_day().await;
    assert_eq!(bench.store.kept(&sample::slot("09-00")).await.unwrap(), []);
}

#[tokio::test]
async fn a_slot_is_explained_recording_by_recording_in_their_order() {
    let bench = Bench::at(&["09-00-20", "09-00", "09-00-40"]);
    bench.transcriber.invent("09-00-20", RemovalReason::NoSpeech);
    bench.run_keeping().await;
    let explanation = bench.ledger().explain(&sample::slot("09-00")).await.unwrap();
    assert_eq!(explanation.text.as_deref(), Some("09-00\n09-00-40"));
    let recordings = explanation.recordings.iter();
    let seen: Vec<_> = recordings.map(|it| (it.object_key.to_string(), it.finding())).collect();
    let reasons = vec![(RemovalReason::NoSpeech, 1)];
    let expected = [
        (key_of("09-00"), Some(Finding::Speech)),
        (key_of("09-00-20"), Some(Finding::AllRemoved { reasons })),
        (key_of("09-00-40"), Some(Finding::Speech)),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_slot_that_is_not_done_and_one_without_recordings_are_explained() {
    let bench = Bench::at(&["09-00"]);
    let waiting = bench.ledger().explain(&sample::slot("09-00")).await.unwrap();
    assert_eq!((waiting.text, waiting.recordings.len()), (None, 1));
    assert_eq!(waiting.recordings[0].status, Some(RecordingStatus::Pending));
    assert_eq!(waiting.recordings[0].finding(), None);
    let empty = bench.ledger().explain(&sample::slot("10-00")).await.unwrap();
    assert_eq!((empty.text, empty.recordings.len()), (None, 0));
}

#[tokio::test]
async fn rules_applied_again_give_back_what_was_removed_and_join_the_slot() {
    let bench = Bench::at(&["09-00", "09-00-20", "09-30", "10-00"]);
    // An old rule was wrong: what it took for a loop is none.
    bench.transcriber.invent("09-00-20", RemovalReason::Loop);
    bench.run_keeping().await;
    assert_eq!(bench.text("09-00").as_deref(), Some("09-00"));

    let expected = [
        ("09-00".to_owned(), RefilterOutcome::Revised, 1),
        ("09-30".to_owned(), RefilterOutcome::Unchanged, 0),
        ("10-00".to_owned(), RefilterOutcome::Unchanged, 0),
    ];
    assert_eq!(bench.refilter(true).await, expected);
    assert_eq!(bench.text("09-00").as_deref(), Some("09-00"), "a dry run writes nothing");

    assert_eq!(bench.refilter(false).await, expected);
    assert_eq!(bench.text("09-00").as_deref(), Some("09-00\n09-00-20"));
    let revised = Operation::Revised(sample::slot("09-00"), "09-00\n09-00-20".to_owned());
    let revisions = bench.store.operations().into_iter();
    let revisions: Vec<_> = revisions.filter(|it| matches!(it, Operation::Revised(..))).collect();
    assert_eq!(revisions, [revised]);
    assert_eq!(bench.refilter(false).await[0].1, RefilterOutcome::Unchanged);
}

#[tokio::test]
async fn rules_applied_again_remove_what_is_a_loop_by_now() {
    let bench = Bench::at(&["09-00"]);
    bench.transcriber.answer("09-00", "スタッフの上に、".repeat(20));
    bench.run_keeping().await;
    assert_eq!(bench.refilter(false).await, [("09-00".to_owned(), RefilterOutcome::Revised, 1)]);
    assert_eq!(bench.text("09-00").as_deref(), Some(""));
    let explanation = bench.ledger().explain(&sample::slot("09-00")).await.unwrap();
    let reasons = vec![(RemovalReason::Loop, 1)];
    let finding = explanation.recordings[0].finding();
    assert_eq!(finding, Some(Finding::AllRemoved { reasons }));
}

#[tokio::test]
async fn a_text_that_is_not_of_what_is_kept_is_left_alone() {
    let bench = Bench::at(&["09-00"]);
    bench.transcriber.invent("09-00", RemovalReason::Loop);
    bench.run_keeping().await;
    bench.store.save(&sample::slot("09-00"), "somebody else's").await.unwrap();
    assert_eq!(bench.refilter(false).await, [("09-00".to_owned(), RefilterOutcome::OtherText, 1)]);
    assert_eq!(bench.text("09-00").as_deref(), Some("somebody else's"));
}

#[tokio::test]
async fn a_slot_with_a_completed_recording_that_is_not_kept_is_left_alone() {
    let bench = Bench::at(&["09-00", "09-00-20"]);
    bench.transcriber.invent("09-00-20", RemovalReason::Loop);
    let first = watchme_core::Selection::Objects([sample::object_key(&key_of("09-00"))].into());
    bench.run(&first).await;
    bench.run_keeping().await;
    assert_eq!(bench.refilter(false).await, [("09-00".to_owned(), RefilterOutcome::NotKept, 1)]);
    assert_eq!(bench.text("09-00").as_deref(), Some("09-00"));
}
