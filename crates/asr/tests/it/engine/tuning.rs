//! The number of threads is found once, remembered, and shown.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use watchme_asr::{Config, WhisperTranscriber};
use watchme_core::{Transcriber as _, Verdict};

use super::{demo_config, demo_model, transcribe};

fn start_engine(file: &Path, threads: Option<NonZeroUsize>) -> WhisperTranscriber {
    let tuning_file = Some(file.to_owned());
    WhisperTranscriber::new(Config { threads, tuning_file, ..demo_config(&demo_model()) }).unwrap()
}

async fn facts(engine: &WhisperTranscriber) -> String {
    match engine.check().await.remove(0).verdict {
        Verdict::Pass(facts) => facts,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_fastest_number_of_threads_is_found_with_the_first_load_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("threads.json");
    let first = start_engine(&file, None);
    assert!(facts(&first).await.contains(", all cores, "), "nothing is computed before a load");
    assert!(!file.exists());
    transcribe(&first, "silence.wav", "ja").await.unwrap();
    if std::thread::available_parallelism().unwrap() == NonZeroUsize::MIN {
        assert!(!file.exists(), "there is nothing to compare");
        return;
    }
    let found = fs::read(&file).unwrap();
    assert!(facts(&first).await.contains(", the fastest here ("));
    let second = start_engine(&file, None);
    assert!(facts(&second).await.contains(", the fastest here ("));
    transcribe(&second, "silence.wav", "ja").await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), found, "it is not measured again");
}

#[tokio::test]
async fn a_number_that_is_set_is_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("threads.json");
    let engine = start_engine(&file, NonZeroUsize::new(2));
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
    assert!(facts(&engine).await.contains(", 2 threads, as set, "));
    assert!(!file.exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_written_hinders_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "a file where the folder belongs").unwrap();
    let engine = start_engine(&folder.path().join("data/threads.json"), None);
    transcribe(&engine, "silence.wav", "ja").await.unwrap();
}
