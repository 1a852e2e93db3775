//! A runner over fakes.

use watchme_core::{Pipeline, Selection};
use watchme_runner::{Bounds, Request, Runner};
use watchme_testkit::sample::{DAY, block, date, device, key_of, object_key, options};
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed, pipeline_over};

pub(crate) struct World {
    pub(crate) store: FakeStore,
    pub(crate) transcriber: FakeTranscriber,
    pub(crate) source: FakeSource,
    pub(crate) pipeline: Pipeline,
    pub(crate) runner: Runner,
}

impl World {
    /// Adds a pending recording that says its block.
    pub(crate) fn add(&self, block: &str) {
        self.source.put(&key_of(block), block);
        self.store.add([RecordingSeed::at(block)]);
    }
}

/// A runner over rows and recordings of these blocks, each recording saying its block.
pub(crate) fn build_world(blocks: &[&str], max_waiting: usize) -> World {
    world_within(blocks, Bounds { waiting_runs: max_waiting, ..Bounds::default() })
}

/// A runner with other bounds.
pub(crate) fn world_within(blocks: &[&str], bounds: Bounds) -> World {
    let store = FakeStore::new(blocks.iter().map(|block| RecordingSeed::at(block)));
    let transcriber = FakeTranscriber::new();
    let source = FakeSource::new(blocks.iter().map(|block| (key_of(block), *block)));
    let pipeline = pipeline_over(source.clone(), transcriber.clone(), store.clone());
    let runner = Runner::new(pipeline.clone(), bounds);
    World { store, transcriber, source, pipeline, runner }
}

/// The sample device's whole day.
pub(crate) fn whole_day() -> Request {
    let selection = Selection::Day {
        device: device(watchme_testkit::sample::DEVICE),
        date: date(DAY),
        blocks: None,
    };
    Request { selection, options: options() }
}

/// One block of the sample device's day.
pub(crate) fn only(name: &str) -> Request {
    let selection = Selection::Day {
        device: device(watchme_testkit::sample::DEVICE),
        date: date(DAY),
        blocks: Some([block(name)].into()),
    };
    Request { selection, options: options() }
}

/// One recording, whatever its status.
pub(crate) fn object(name: &str) -> Request {
    let selection = Selection::Objects([object_key(&key_of(name))].into());
    Request { selection, options: options() }
}
