//! Durability: a saved text stays saved, whoever else has the file open.

use rusqlite::Connection;
use tempfile::TempDir;
use watchme_core::{
    RecordingQuery, RecordingRow, RecordingStatus, Slot, StoreError, TimeBlock, TranscriptStore,
};
use watchme_testkit::{RecordingSeed, sample};

use crate::{file_in, new_recording, open};

#[tokio::test]
async fn rows_and_texts_are_there_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let seed = RecordingSeed::at("12-00").with_columns("2025-07-20", "12-00");
    let store = open(&file_in(&folder)).await;
    store.register(&[new_recording(&seed)]).await.unwrap();
    store.save(&sample::slot("12-00"), "おはよう").await.unwrap();
    store.mark(&seed.id(), &RecordingStatus::Completed).await.unwrap();
    drop(store);

    let store = open(&file_in(&folder)).await;
    let query = RecordingQuery::Objects([sample::object_key(&seed.object_key)].into());
    let rows = store.recordings(&query).await.unwrap();
    let [RecordingRow::Readable(row)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(row.status, RecordingStatus::Completed);
    assert_eq!(row.id.recorded_at.to_string(), seed.recorded_at, "the text as it was given");
    let slot = sample::slot("12-00");
    let texts = store.transcripts(&slot.device, slot.date).await.unwrap();
    assert_eq!(texts[0].text, "おはよう");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_write_one_file_at_once_and_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let seeds: Vec<_> =
        TimeBlock::slots().map(|block| RecordingSeed::at(&block.to_string())).collect();
    let stores = [open(&file_in(&folder)).await, open(&file_in(&folder)).await];
    let new: Vec<_> = seeds.iter().map(new_recording).collect();
    stores[0].register(&new).await.unwrap();

    let mut writers = tokio::task::JoinSet::new();
    for (n, block) in TimeBlock::slots().enumerate() {
        let store = stores[n % 2].clone();
        let id = seeds[n].id();
        writers.spawn(async move {
            let slot = Slot { block, ..sample::slot("00-00") };
            store.save(&slot, &block.to_string()).await.unwrap();
            store.mark(&id, &RecordingStatus::Completed).await.unwrap();
        });
    }
    writers.join_all().await;

    for store in stores {
        let (device, date) = (sample::device(sample::DEVICE), sample::date(sample::DAY));
        assert_eq!(store.transcripts(&device, date).await.unwrap().len(), 48);
        assert_eq!(store.recordings(&RecordingQuery::Pending).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_save_leaves_the_columns_of_other_programs_alone() {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    store.save(&sample::slot("12-00"), "first").await.unwrap();
    let other = Connection::open(file_in(&folder)).unwrap();
    other
        .execute_batch(
            "ALTER TABLE vibe_whisper ADD COLUMN status TEXT DEFAULT 'pending';
             ALTER TABLE vibe_whisper ADD COLUMN created_at TEXT;
             UPDATE vibe_whisper SET status = 'completed', created_at = 'then';",
        )
        .unwrap();

    store.save(&sample::slot("12-00"), "second").await.unwrap();

    let row: (String, String, String) = other
        .query_row("SELECT transcription, status, created_at FROM vibe_whisper", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("second".to_owned(), "completed".to_owned(), "then".to_owned()));
}

#[tokio::test]
async fn a_row_without_a_text_is_a_missing_text() {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    store.save(&sample::slot("12-00"), "text").await.unwrap();
    store.save(&sample::slot("12-30"), "").await.unwrap();
    let other = Connection::open(file_in(&folder)).unwrap();
    other
        .execute("UPDATE vibe_whisper SET transcription = NULL WHERE time_block = '12-00'", [])
        .unwrap();
    let slot = sample::slot("12-30");
    let texts = store.transcripts(&slot.device, slot.date).await.unwrap();
    assert_eq!(texts.len(), 1);
    assert_eq!((&texts[0].slot, texts[0].text.as_str()), (&slot, ""));
}

#[tokio::test]
async fn a_lost_table_is_a_refusal_that_a_check_tells() {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    let other = Connection::open(file_in(&folder)).unwrap();
    other.execute_batch("ALTER TABLE vibe_whisper RENAME TO elsewhere").unwrap();

    let error = store.save(&sample::slot("12-00"), "text").await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    let failed: Vec<_> =
        store.check().await.into_iter().filter(watchme_core::Check::is_failure).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].subject, "table `vibe_whisper`");
}
