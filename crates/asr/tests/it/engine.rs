//! The engine on the demo model and its recordings.

mod accuracy;
mod faults;
mod log;
mod logging;
mod resumed;
mod turns;

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

/// Recordings of the project, one after the other in one file that is deleted with it.
fn joined(names: &[&str]) -> FetchedAudio {
    // Each begins with a header of 44 bytes, which says how long it is.
    const HEADER: usize = 44;
    let mut wav = Vec::new();
    for name in names {
        let part = std::fs::read(models().join("recordings").join(name)).unwrap();
        let begin = if wav.is_empty() { 0 } else { HEADER };
        wav.extend_from_slice(&part[begin..]);
    }
    let length = u32::try_from(wav.len()).unwrap();
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wav).unwrap();
    FetchedAudio::new(file.path().to_owned(), length.into(), file)
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
