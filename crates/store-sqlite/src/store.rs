//! The store: each method of the port as statements, run on threads that may block.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior, params};
use watchme_core::{
    Check, DeviceId, LocalDate, RecordingId, RecordingQuery, RecordingRow, RecordingStatus,
    SavedSlot, SavedTranscript, Slot, StoreError, TranscriptStore,
};

use crate::config::{Config, OpenError};
use crate::rows::{self, NewRecording};
use crate::{check, error, open};

/// Inserts or replaces the text of a slot. Names the one column it sets: other columns belong to
/// other programs.
pub(crate) const UPSERT_TEXT: &str = "
    INSERT INTO vibe_whisper (device_id, date, time_block, transcription)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (device_id, date, time_block)
    DO UPDATE SET transcription = excluded.transcription";

/// Store in one file. Cheap to clone; clones share one connection.
///
/// Several stores, in one process or many, may use one file at once.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: Arc<PathBuf>,
    /// A plain lock and not the runtime's: it is taken only on threads that may block, and held
    /// for one statement or one short transaction, each of which waits for other processes no
    /// longer than [`open::BUSY_TIMEOUT`].
    connection: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens the file, creates it if there is none, and brings its tables up to date.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let path = config.path.clone();
        let opened = tokio::task::spawn_blocking(move || open::open(&path)).await;
        let connection =
            opened.map_err(|stopped| OpenError::unusable(&config.path, stopped)).flatten()?;
        Ok(Self::over(config.path.clone(), connection))
    }

    /// Adds pending recordings, all or none, and returns the number of new ones. One that is known
    /// already, by device and instant, is left as it is.
    pub async fn register(&self, recordings: &[NewRecording]) -> Result<usize, StoreError> {
        const INSERT: &str = "
            INSERT INTO audio_files
                (device_id, recorded_at, recorded_at_us, file_path, local_date, time_block)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (device_id, recorded_at_us) DO NOTHING";
        let recordings = recordings.to_vec();
        self.with(move |connection| {
            // Takes the write lock at once: a later upgrade could not wait for it.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut added = 0;
            for recording in &recordings {
                added += transaction.prepare_cached(INSERT)?.execute(params![
                    recording.device.as_str(),
                    recording.recorded_at.to_string(),
                    recording.recorded_at.instant().as_microsecond(),
                    recording.object_key.as_str(),
                    recording.local_date.map(|date| date.to_string()),
                    recording.time_block.map(|block| block.to_string()),
                ])?;
            }
            transaction.commit()?;
            Ok(added)
        })
        .await
    }

    pub(crate) fn over(path: PathBuf, connection: Connection) -> Self {
        Self { path: Arc::new(path), connection: Arc::new(Mutex::new(connection)) }
    }

    /// Runs `work` on a thread that may block. It finishes there even if the caller stops waiting.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.connection.clone();
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _entered = span.enter();
            // After a panic the connection is as good as before: an open transaction was rolled
            // back when it was dropped.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection)
        });
        match done.await {
            Ok(result) => result.map_err(error::into_store_error),
            Err(stopped) => Err(error::stopped(stopped)),
        }
    }
}

#[async_trait]
impl TranscriptStore for SqliteStore {
    async fn recordings(&self, query: &RecordingQuery) -> Result<Vec<RecordingRow>, StoreError> {
        let query = query.clone();
        self.with(move |connection| match &query {
            RecordingQuery::Window { device, from, until } => {
                let window =
                    params![device.as_str(), from.as_microsecond(), until.as_microsecond()];
                rows::select(
                    connection,
                    "WHERE device_id = ?1 AND recorded_at_us >= ?2 AND recorded_at_us < ?3",
                    window,
                )
            }
            RecordingQuery::Objects(keys) => {
                // One transaction, so that all rows are from one moment.
                let transaction = connection.transaction()?;
                let mut named = Vec::new();
                for key in keys {
                    let key = params![key.as_str()];
                    named.extend(rows::select(&transaction, "WHERE file_path = ?1", key)?);
                }
                Ok(named)
            }
            // The status is written into the statement so that SQLite uses the partial index.
            RecordingQuery::Pending => {
                rows::select(connection, "WHERE transcriptions_status = 'pending'", [])
            }
            RecordingQuery::Failed => {
                rows::select(connection, "WHERE transcriptions_status = 'failed'", [])
            }
        })
        .await
        .map(rows::in_order)
    }

    async fn save(&self, slot: &Slot, text: &str) -> Result<(), StoreError> {
        let (slot, text) = (slot.clone(), text.to_owned());
        self.with(move |connection| {
            connection.prepare_cached(UPSERT_TEXT)?.execute(params![
                slot.device.as_str(),
                slot.date.to_string(),
                slot.block.to_string(),
                text,
            ])
        })
        .await
        .map(|_| ())
    }

    async fn mark(&self, id: &RecordingId, status: &RecordingStatus) -> Result<(), StoreError> {
        const UPDATE: &str = "
            UPDATE audio_files SET transcriptions_status = ?3
            WHERE device_id = ?1 AND recorded_at_us = ?2";
        let (id, status) = (id.clone(), status.clone());
        let changed = self
            .with(move |connection| {
                connection.prepare_cached(UPDATE)?.execute(params![
                    id.device.as_str(),
                    id.recorded_at.instant().as_microsecond(),
                    status.as_str(),
                ])
            })
            .await?;
        if changed == 0 {
            return Err(error::no_such_row());
        }
        Ok(())
    }

    async fn transcripts(
        &self,
        device: &DeviceId,
        date: LocalDate,
    ) -> Result<Vec<SavedTranscript>, StoreError> {
        let device = device.clone();
        self.with(move |connection| rows::transcripts(connection, &device, date)).await
    }

    async fn saved_slots(
        &self,
        device: &DeviceId,
        days: &RangeInclusive<LocalDate>,
        silence_text: &str,
    ) -> Result<Vec<SavedSlot>, StoreError> {
        let (device, days, silence) = (device.clone(), days.clone(), silence_text.to_owned());
        self.with(move |connection| rows::saved_slots(connection, &device, &days, &silence)).await
    }

    async fn check(&self) -> Vec<Check> {
        let path = self.path.clone();
        let checks = self.with(move |connection| Ok(check::checks(connection, &path))).await;
        checks.unwrap_or_else(|error| vec![Check::fail("database", error.to_string(), "try again")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use watchme_core::{Slot, StoreError};

    fn slot(block: &str) -> Slot {
        Slot {
            device: "device".parse().unwrap(),
            date: "2025-07-20".parse().unwrap(),
            block: block.parse().unwrap(),
        }
    }

    async fn in_folder(folder: &tempfile::TempDir) -> SqliteStore {
        SqliteStore::open(&Config { path: folder.path().join("watchme.db") }).await.unwrap()
    }

    async fn texts(store: &SqliteStore) -> Vec<String> {
        let day = slot("00-00");
        let saved = store.transcripts(&day.device, day.date).await.unwrap();
        saved.into_iter().map(|saved| saved.text).collect()
    }

    fn new_recordings(count: i64) -> Vec<NewRecording> {
        let recording = |n: i64| NewRecording {
            device: "device".parse().unwrap(),
            recorded_at: jiff::Timestamp::from_second(n).unwrap().to_string().parse().unwrap(),
            object_key: "k".repeat(1_000).parse().unwrap(),
            local_date: None,
            time_block: None,
        };
        (0..count).map(recording).collect()
    }

    #[tokio::test]
    async fn a_full_disk_is_a_refusal_and_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(&folder).await;
        store.save(&slot("00-00"), "before").await.unwrap();
        let pages = |limit: i64| {
            move |connection: &mut Connection| {
                connection.pragma_update_and_check(None, "max_page_count", limit, |_| Ok(()))
            }
        };
        store.with(pages(1)).await.unwrap(); // No lower than the pages there are.

        let long = "長".repeat(100_000);
        for result in [
            store.save(&slot("00-30"), &long).await,
            store.save(&slot("00-00"), &long).await,
            store.register(&new_recordings(100)).await.map(|_| ()),
        ] {
            let error = result.unwrap_err();
            let StoreError::Denied { reason, .. } = &error else { panic!("{error:?}") };
            assert!(reason.contains("free some space"), "{reason}");
        }
        assert_eq!(texts(&store).await, ["before"]);
        assert_eq!(store.recordings(&RecordingQuery::Pending).await.unwrap(), []);

        store.with(pages(10_000)).await.unwrap();
        store.save(&slot("00-30"), &long).await.unwrap();
        assert_eq!(store.register(&new_recordings(100)).await.unwrap(), 100);
        assert_eq!(texts(&store).await, ["before", &long]);
    }

    #[tokio::test]
    async fn a_read_only_database_is_a_refusal() {
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(&folder).await;
        store.with(|connection| connection.pragma_update(None, "query_only", true)).await.unwrap();
        let error = store.save(&slot("00-00"), "text").await.unwrap_err();
        assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
        assert!(error.to_string().contains("writable"), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_stays_locked_is_unavailable_after_a_bounded_wait() {
        let folder = tempfile::tempdir().unwrap();
        let (store, other) = (in_folder(&folder).await, in_folder(&folder).await);
        store.with(|connection| connection.busy_timeout(std::time::Duration::ZERO)).await.unwrap();
        other.with(|connection| connection.execute_batch("BEGIN IMMEDIATE")).await.unwrap();
        let error = store.save(&slot("00-00"), "text").await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");

        assert_eq!(texts(&store).await, [""; 0], "a reader does not wait for a writer");
        other.with(|connection| connection.execute_batch("ROLLBACK")).await.unwrap();
        store.save(&slot("00-00"), "text").await.unwrap();
    }

    #[tokio::test]
    async fn each_text_is_on_the_disk_before_its_save_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(&folder).await;
        let setting = |name: &'static str| {
            let query = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            store.with(move |connection| {
                connection.query_row(&query, [], |row| row.get::<_, String>(0))
            })
        };
        assert_eq!(setting("journal_mode").await.unwrap(), "wal");
        assert_eq!(setting("synchronous").await.unwrap(), "2", "FULL");
    }
}
