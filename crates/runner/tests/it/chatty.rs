//! A transcriber that reports far more progress than anybody can read.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use watchme_core::{
    Check, FetchedAudio, Progress, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use watchme_runner::{Bounds, Runner};
use watchme_testkit::sample::key_of;
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, Gate, RecordingSeed, pipeline_over};

/// Seconds of progress, reported one by one.
pub(crate) const STEPS: u64 = 50_000;

/// Reports the progress, and then does as the fake does.
#[derive(Debug)]
struct Chatty(FakeTranscriber);

#[async_trait]
impl Transcriber for Chatty {
    async fn transcribe(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Transcript, TranscribeError> {
        for step in 0..=STEPS {
            progress.advanced(Duration::from_secs(step), None);
        }
        self.0.transcribe(audio, options, Arc::new(())).await
    }

    async fn check(&self) -> Vec<Check> {
        self.0.check().await
    }
}

/// A runner over one recording, which is held once its progress was reported.
pub(crate) fn chatty_world() -> (Runner, Gate) {
    let fake = FakeTranscriber::new();
    let gate = fake.hold("12-00");
    let source = FakeSource::new([(key_of("12-00"), "12-00")]);
    let pipeline =
        pipeline_over(source, Chatty(fake), FakeStore::new([RecordingSeed::at("12-00")]));
    (Runner::new(pipeline, Bounds::default()), gate)
}
