//! A transcriber that reports far more progress than anybody can read.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use watchme_core::{
    Check, FetchedAudio, Pipeline, Policy, Ports, Progress, TranscribeError, TranscribeOptions,
    Transcriber, Transcript,
};
use watchme_runner::{Bounds, Runner};
use watchme_testkit::sample::key_of;
use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, Gate, RecordingSeed};

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
    let ports = Ports {
        source: Arc::new(FakeSource::new([(key_of("12-00"), "12-00")])),
        transcriber: Arc::new(Chatty(fake)),
        store: Arc::new(FakeStore::new([RecordingSeed::at("12-00")])),
    };
    let policy = Policy {
        zone: jiff::tz::TimeZone::UTC,
        silence_text: String::new(),
        prefetch: NonZeroUsize::MIN,
    };
    (Runner::new(Pipeline::new(ports, policy), Bounds::default()), gate)
}
