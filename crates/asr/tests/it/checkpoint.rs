//! Finished passes outlive the process that decoded them.

mod folder;
mod kills;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use watchme_asr::checkpoint::{Checkpoints, FinishedPass, Key};
use watchme_core::{RemovalReason, Removed, Segment};

fn open_folder() -> (TempDir, Checkpoints) {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::open(folder.path().to_owned());
    (folder, checkpoints)
}

fn make_key(object: &str, language: &str) -> Key {
    Key {
        object_version: object.to_owned(),
        model_checksum: "m".to_owned(),
        parameters: BTreeMap::from([("language".to_owned(), language.to_owned())]),
    }
}

fn segment(seconds: u32, text: &str) -> Segment {
    Segment {
        start: Duration::from_secs(seconds.into()),
        end: Duration::from_millis(u64::from(seconds) * 1000 + 1234),
        text: text.to_owned(),
        confidence: 0.1 + 0.7 / (seconds + 1) as f32,
        no_speech: f32::MIN_POSITIVE,
        voice: (seconds > 0).then(|| Duration::from_millis(seconds.into())),
    }
}

/// Makes the pass with this number, with all that a text may hold: Japanese, quotes, line breaks.
fn make_pass(index: u32) -> FinishedPass {
    let start = index * 28;
    let spoken = ["今日は\n\"四十分\"歩きました。\u{2028}", " Thank you.\r\n", ""];
    FinishedPass {
        index,
        start: Duration::from_secs(start.into()),
        end: Duration::from_nanos(u64::from(start + 28) * 1_000_000_000 - 62_500),
        segments: (0..index % 3).map(|n| segment(start + n, spoken[n as usize])).collect(),
        removed: [RemovalReason::Loop, RemovalReason::NoSpeech]
            .into_iter()
            .take(index as usize % 4)
            .map(|reason| Removed { segment: segment(start, "ご視聴"), reason })
            .collect(),
        language: (index > 1).then(|| "ja".to_owned()),
    }
}

fn make_passes(count: u32) -> Vec<FinishedPass> {
    (0..count).map(make_pass).collect()
}

/// Writes the first passes of a recording with this key, and dies.
fn begin(checkpoints: &Checkpoints, key: &Key, count: u32) {
    let mut recording = checkpoints.resume(key);
    assert_eq!(recording.passes, []);
    for pass in make_passes(count) {
        recording.append(&pass);
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Returns the only file there.
fn only_file(folder: &Path) -> PathBuf {
    let mut all = files(folder);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}
