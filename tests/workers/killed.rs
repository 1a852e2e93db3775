//! A worker that is killed in a long recording leaves its windows to the next one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::sleep;

use crate::farm::{Farm, PATIENCE, Row, key, project_file};

/// Pause between two looks at the notes of a worker: less than a window takes.
const GLANCE: Duration = Duration::from_millis(5);

/// Number of minutes in each of two languages.
const MINUTES: usize = 1;

/// Makes speech in two languages.
fn long_recording(folder: &Path) -> PathBuf {
    const HEADER: usize = 44;
    let mut wav = Vec::new();
    for minute in 0..MINUTES {
        for name in ["long-ja.wav", "long-en.wav"] {
            let part = fs::read(project_file(&format!("models/recordings/{name}"))).unwrap();
            let begin = if minute == 0 && wav.is_empty() { 0 } else { HEADER };
            wav.extend_from_slice(&part[begin..]);
        }
    }
    let length = u32::try_from(wav.len()).unwrap();
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    let path = folder.join("long.wav");
    File::create(&path).unwrap().write_all(&wav).unwrap();
    path
}

/// Counts the windows that are on disk.
fn windows(farm: &Farm) -> usize {
    let folder = farm.home().join("data/checkpoints");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|file| fs::read_to_string(file.path()).unwrap_or_default().matches('\n').count())
        .sum()
}

fn start_worker(farm: &Farm, log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let mut command = farm.watchme();
    command.args(["worker", "--once"]).env("WATCHME_LOG", "watchme=info").stderr(Stdio::from(log));
    command.spawn().unwrap()
}

/// Returns the text of the recording, and everything in the ledger except times of day.
async fn outcome(farm: &Farm) -> Vec<Row> {
    let mut all = farm.rows("vibe_whisper", &["date", "time_block", "transcription"]).await;
    let entry = ["object_key", "model", "language", "audio_seconds", "speech_seconds"];
    all.extend(farm.rows("transcription_ledger", &entry).await);
    let sound = ["peak", "loudest_second", "voiced_seconds"];
    all.extend(farm.rows("transcription_ledger", &sound).await);
    let columns = ["position", "start_seconds", "end_seconds", "text", "confidence"];
    all.extend(farm.rows("transcription_ledger_segments", &columns).await);
    let columns = ["position", "no_speech", "reason"];
    all.extend(farm.rows("transcription_ledger_segments", &columns).await);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_in_a_long_recording_hear_each_window_once() {
    let folder = tempfile::tempdir().unwrap();
    let long = long_recording(folder.path());
    let recordings = [(key(0), long.to_str().unwrap())];
    let settings = vec![
        ("WATCHME_LANGUAGE", "auto".to_owned()),
        // The recording is not to blame.
        ("WATCHME_MAX_ATTEMPTS", "1000".to_owned()),
    ];

    let mut farm = Farm::new(&recordings).await;
    farm.settings.clone_from(&settings);
    farm.run(&["worker", "--once"]).await;
    let expected = outcome(&farm).await;
    assert!(expected.len() > 10, "{expected:?}");
    assert_eq!(windows(&farm), 0, "what is saved is forgotten");

    let mut farm = Farm::new(&recordings).await;
    farm.settings = settings;
    let diary = folder.path().join("log");
    let started = tokio::time::Instant::now();
    let mut kills = Vec::new();
    let mut was_killed = false;
    while farm.completed().await == 0 {
        assert!(started.elapsed() < PATIENCE, "killed after {kills:?} windows");
        let before = windows(&farm);
        let mut worker = start_worker(&farm, &diary);
        // Another lease may have to run out first; then the worker ends.
        while windows(&farm) <= before && worker.try_wait().unwrap().is_none() {
            sleep(GLANCE).await;
        }
        was_killed = worker.try_wait().unwrap().is_none();
        worker.kill().await.unwrap();
        let after = windows(&farm);
        if after > before {
            kills.push(after);
        }
    }
    assert!(kills.len() >= 2 && kills.is_sorted(), "{kills:?}");
    assert_eq!(outcome(&farm).await, expected, "killed after {kills:?} windows");
    // The last kill may have come between the text and its forgetting: then a week does it.
    assert!(was_killed || windows(&farm) == 0, "what is saved is forgotten");

    // Each worker after the first went on where the one before was killed.
    let diary = fs::read_to_string(diary).unwrap();
    let resumed = diary.lines().filter(|line| line.contains("a recording is resumed"));
    let resumed = resumed.map(|line| {
        let count = line.split_once(" windows=").unwrap().1;
        count.split(' ').next().unwrap().parse::<usize>().unwrap()
    });
    for (was_killed_after, resumed_after) in kills.iter().zip(resumed) {
        assert!(resumed_after >= *was_killed_after, "{kills:?}: {diary}");
    }
}
