//! The engine on the demo model and its recordings.

mod accuracy;
mod conversation;
mod faults;
mod log;
mod logging;
mod resumed;
mod tuning;
mod turns;
mod wav;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use watchme_asr::{Config, ModelLibrary, WhisperTranscriber};
use watchme_core::{
    FetchedAudio, Progress, TranscribeError, TranscribeOptions, Transcriber as _, Transcript,
};

pub(crate) fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

pub(crate) fn demo_model() -> PathBuf {
    models().join("ggml-synth-tiny.bin")
}

fn recording(name: &str) -> FetchedAudio {
    let path = models().join("recordings").join(name);
    let size = path.metadata().unwrap().len();
    FetchedAudio::new(path, size, ())
}

/// Allows the model file at `path` under the name `demo`, with one thread: the tests run in parallel
/// already.
fn demo_config(path: &Path) -> Config {
    let spec = format!("demo={}", path.display()).parse().unwrap();
    let library = ModelLibrary::new(PathBuf::from("no-such-folder"), None);
    let mut config = Config::new(vec![spec], library);
    config.threads = Some(NonZeroUsize::MIN);
    config
}

pub(crate) fn transcriber() -> WhisperTranscriber {
    WhisperTranscriber::new(demo_config(&demo_model())).unwrap()
}

pub(crate) fn demo_options(language: &str) -> TranscribeOptions {
    TranscribeOptions { model: "demo".parse().unwrap(), language: language.parse().unwrap() }
}

async fn transcribe(
    engine: &WhisperTranscriber,
    name: &str,
    language: &str,
) -> Result<Transcript, TranscribeError> {
    engine.transcribe(recording(name), &demo_options(language), Arc::new(())).await
}

/// Collects the reports of progress.
#[derive(Default)]
struct Reports(Mutex<Vec<(Duration, Option<Duration>)>>);

impl Progress for Reports {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.0.lock().unwrap().push((done, total));
    }
}
