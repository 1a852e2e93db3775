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

/// Allows the model file at `path` under the name `demo`. One thread computes: the tests run beside
/// each other already.
fn config(path: &Path) -> Config {
    let spec = format!("demo={}", path.display()).parse().unwrap();
    let library = ModelLibrary::new(PathBuf::from("no-such-folder"), None);
    let mut config = Config::new(vec![spec], library);
    config.threads = Some(NonZeroUsize::MIN);
    config
}

pub(crate) fn transcriber() -> WhisperTranscriber {
    WhisperTranscriber::new(config(&demo_model())).unwrap()
}

pub(crate) fn options(language: &str) -> TranscribeOptions {
    TranscribeOptions { model: "demo".parse().unwrap(), language: language.parse().unwrap() }
}

async fn transcribe(
    engine: &WhisperTranscriber,
    name: &str,
    language: &str,
) -> Result<Transcript, TranscribeError> {
    engine.transcribe(recording(name), &options(language), Arc::new(())).await
}

/// Remembers what it was told.
#[derive(Default)]
struct Told(Mutex<Vec<(Duration, Option<Duration>)>>);

impl Progress for Told {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        self.0.lock().unwrap().push((done, total));
    }
}
