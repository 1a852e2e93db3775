//! The store in one file keeps the promises of its port, and is opened and written safely.

#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "tests")]

mod contract;
mod durability;
mod opening;
mod registering;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use watchme_store_sqlite::{Config, NewRecording, SqliteStore};
use watchme_testkit::RecordingSeed;

/// The file of the store in a folder.
fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("watchme.db")
}

async fn open(path: &Path) -> SqliteStore {
    let config = Config { path: path.to_owned() };
    SqliteStore::open(&config).await.expect("a store")
}

/// The pending recording that a seed is.
fn new_recording(seed: &RecordingSeed) -> NewRecording {
    NewRecording {
        device: seed.device.parse().expect("a device"),
        recorded_at: seed.recorded_at(),
        object_key: seed.object_key.parse().expect("a key"),
        local_date: seed.local_date.as_ref().and_then(|text| text.parse().ok()),
        time_block: seed.time_block.as_ref().and_then(|text| text.parse().ok()),
    }
}
