//! Recordings that come in.

use tempfile::TempDir;
use watchme_core::{RecordingQuery, RecordingRow, RecordingStatus, TranscriptStore};
use watchme_store_sqlite::NewRecording;
use watchme_testkit::RecordingSeed;

use crate::{file_in, new_recording, open};

#[tokio::test]
async fn a_recording_is_registered_once_and_keeps_its_status() {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    let seeds = [RecordingSeed::at("12-00"), RecordingSeed::at("12-30")];
    let new: Vec<_> = seeds.iter().map(new_recording).collect();
    assert_eq!(store.register(&new[..1]).await.unwrap(), 1);
    store.mark(&seeds[0].id(), &RecordingStatus::Completed).await.unwrap();

    assert_eq!(store.register(&new).await.unwrap(), 1);
    assert_eq!(store.register(&new).await.unwrap(), 0);

    let pending = store.recordings(&RecordingQuery::Pending).await.unwrap();
    let [RecordingRow::Readable(pending)] = &pending[..] else { panic!("{pending:?}") };
    assert_eq!(pending.id, seeds[1].id());
}

#[tokio::test]
async fn one_instant_of_a_device_is_one_recording_however_it_is_written() {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    let spellings = ["2025-07-20T12:00:00+09:00", "2025-07-20T03:00:00Z", "2025-07-20 03:00:00+00"];
    let new: Vec<NewRecording> =
        spellings.iter().map(|time| new_recording(&RecordingSeed::new(*time, "a"))).collect();
    assert_eq!(store.register(&new).await.unwrap(), 1);
    let another = new_recording(&RecordingSeed::new(spellings[1], "a").of("another"));
    assert_eq!(store.register(&[another]).await.unwrap(), 1);
}
