//! The rules on tables of values, and the pipeline on fakes.

#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "tests")]

mod claims;
mod costs;
mod events;
mod failures;
mod ids;
mod inventions;
mod kept;
mod ledger;
mod months;
mod order;
mod prefetch;
mod reasons;
mod requeue;
mod rules;
mod schedules;
mod selections;
mod shared_slots;
mod slot_work;
mod spoken;

use std::num::NonZeroUsize;
use std::sync::Arc;

use watchme_core::{
    FailureKind, Outcome, Pipeline, Policy, Ports, Report, Selection, SourceError, StoreError,
};
use watchme_testkit::sample::{self, DAY, DEVICE};
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed};

/// A pipeline over fakes. The bytes of an object are the words of the recording.
struct Bench {
    source: FakeSource,
    transcriber: FakeTranscriber,
    store: FakeStore,
    prefetch: usize,
}

impl Bench {
    /// Lays out rows, each with an object that says the last folder of its key.
    fn new(seeds: impl IntoIterator<Item = RecordingSeed>) -> Self {
        let seeds: Vec<_> = seeds.into_iter().collect();
        let objects = seeds.iter().filter(|seed| !seed.object_key.is_empty());
        let objects = objects.map(|seed| {
            let said = seed.object_key.rsplit('/').nth(1).unwrap_or(&seed.object_key);
            (seed.object_key.clone(), said.as_bytes().to_vec())
        });
        Self {
            source: FakeSource::new(objects),
            transcriber: FakeTranscriber::new(),
            store: FakeStore::new(seeds),
            prefetch: 1,
        }
    }

    /// Lays out a pending recording in each of `blocks` of the sample day.
    fn at(blocks: &[&str]) -> Self {
        Self::new(blocks.iter().map(|block| seed_in(block)))
    }

    fn pipeline(&self) -> Pipeline {
        let ports = Ports {
            source: Arc::new(self.source.clone()),
            transcriber: Arc::new(self.transcriber.clone()),
            store: Arc::new(self.store.clone()),
        };
        let prefetch = NonZeroUsize::new(self.prefetch).unwrap();
        Pipeline::new(ports, Policy { prefetch, ..sample::policy() })
    }

    async fn run(&self, selection: &Selection) -> Report {
        self.pipeline().run(selection, &sample::options(), Arc::new(())).await.unwrap()
    }

    async fn run_day(&self) -> Report {
        self.run(&day()).await
    }

    /// Returns the status of the one row of a block.
    fn status(&self, block: &str) -> String {
        let statuses = self.store.statuses(&sample::key_of(block));
        let [status] = &statuses[..] else { panic!("`{block}`: {statuses:?}") };
        status.clone()
    }

    fn text(&self, block: &str) -> Option<String> {
        self.store.text(&sample::slot(block))
    }
}

/// Returns a pending row whose folder is `HH-MM` or `HH-MM-SS`, recorded then in Tokyo.
fn seed_in(folder: &str) -> RecordingSeed {
    let time = folder.replace('-', ":");
    let seconds = if folder.len() == 5 { ":00" } else { "" };
    RecordingSeed::new(format!("{DAY}T{time}{seconds}+09:00"), sample::key_of(folder))
}

fn day() -> Selection {
    Selection::Day { device: sample::device(DEVICE), date: sample::date(DAY), blocks: None }
}

/// Returns the outcome of each row, in the order of the report.
fn outcomes(report: &Report) -> Vec<Option<FailureKind>> {
    let kind = |outcome: &Outcome| match outcome {
        Outcome::Transcribed(_) => None,
        Outcome::Failed(failure) => Some(failure.kind),
    };
    report.recordings.iter().map(|item| kind(&item.outcome)).collect()
}

fn unreachable_store() -> StoreError {
    StoreError::Unavailable { backend: "the test", retry_after: None, source: "scripted".into() }
}

fn unreachable_source() -> SourceError {
    SourceError::Unavailable { source: "scripted".into() }
}
