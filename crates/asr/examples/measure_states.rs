//! Compares one recording at a time on all threads with two at once on half of them.
//!
//! ```sh
//! cargo run --release --package watchme-asr --example measure_states -- MODEL RECORDING
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use watchme_asr::{Config, ModelLibrary, WhisperTranscriber};
use watchme_core::{FetchedAudio, TranscribeOptions, Transcriber as _};

/// Rounds in which both are measured, in turn.
const ROUNDS: usize = 5;

/// Recordings in each round, an even number.
const RECORDINGS: usize = 4;

#[tokio::main]
async fn main() {
    let [model, recording] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let cores = std::thread::available_parallelism().unwrap().get();
    let all = [start_engine(&model, cores)];
    let halves = [start_engine(&model, cores / 2), start_engine(&model, cores / 2)];
    // The first recording loads the model.
    for engine in all.iter().chain(&halves) {
        transcribe(engine, &recording).await;
    }
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        took[0].push(measure(&all, &recording).await);
        took[1].push(measure(&halves, &recording).await);
    }
    for (what, mut took) in ["one at a time", "two at once"].into_iter().zip(took) {
        took.sort_unstable();
        let (least, median) = (took[0].as_secs_f64(), took[ROUNDS / 2].as_secs_f64());
        println!(
            "{what}: {RECORDINGS} recordings in {least:.2} s at best, {median:.2} s in the median"
        );
    }
}

async fn measure(engines: &[WhisperTranscriber], recording: &str) -> Duration {
    let started = Instant::now();
    let each = RECORDINGS / engines.len();
    let work = async |engine: &WhisperTranscriber| {
        for _ in 0..each {
            transcribe(engine, recording).await;
        }
    };
    match engines {
        [one] => work(one).await,
        [one, other] => {
            tokio::join!(work(one), work(other));
        }
        _ => panic!("one or two"),
    }
    started.elapsed()
}

async fn transcribe(engine: &WhisperTranscriber, recording: &str) {
    let path = PathBuf::from(recording);
    let size = path.metadata().unwrap().len();
    let options =
        TranscribeOptions { model: "model".parse().unwrap(), language: "ja".parse().unwrap() };
    engine.transcribe(FetchedAudio::new(path, size, ()), &options, Arc::new(())).await.unwrap();
}

fn start_engine(model: &str, threads: usize) -> WhisperTranscriber {
    let spec = format!("model={model}").parse().unwrap();
    let library = ModelLibrary::new(Path::new("none").to_owned(), None);
    let threads = NonZeroUsize::new(threads.max(1));
    WhisperTranscriber::new(Config { threads, ..Config::new(vec![spec], library) }).unwrap()
}
