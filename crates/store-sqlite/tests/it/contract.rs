//! The promises of the port.

use rusqlite::{Connection, params};
use tempfile::TempDir;
use watchme_core::{ObjectKey, TranscriptStore};
use watchme_store_sqlite::SqliteStore;
use watchme_testkit::RecordingSeed;
use watchme_testkit::contract::claims::ClaimsUnderTest;
use watchme_testkit::contract::ledger::LedgerUnderTest;
use watchme_testkit::contract::store::StoreUnderTest;

use crate::{file_in, new_recording, open};

watchme_testkit::store_contract!(in_a_file);
watchme_testkit::claims_contract!(with_claims);
watchme_testkit::ledger_contract!(with_ledger);

async fn in_a_file(seeds: Vec<RecordingSeed>) -> StoreUnderTest {
    let (store, folder) = laid_out(seeds).await;
    StoreUnderTest::new(store, folder)
}

async fn with_claims(seeds: Vec<RecordingSeed>) -> ClaimsUnderTest {
    let (store, folder) = laid_out(seeds).await;
    ClaimsUnderTest::new(store, folder)
}

async fn with_ledger(seeds: Vec<RecordingSeed>) -> LedgerUnderTest {
    let (store, folder) = laid_out(seeds).await;
    LedgerUnderTest::new(store, folder)
}

async fn laid_out(seeds: Vec<RecordingSeed>) -> (SqliteStore, TempDir) {
    let folder = TempDir::new().unwrap();
    let store = open(&file_in(&folder)).await;
    let (usable, unusable): (Vec<_>, Vec<_>) =
        seeds.into_iter().partition(|seed| seed.object_key.parse::<ObjectKey>().is_ok());

    let new: Vec<_> = usable.iter().map(new_recording).collect();
    assert_eq!(store.register(&new).await.unwrap(), new.len());
    for seed in usable.iter().filter(|seed| seed.status != "pending") {
        store.mark(&seed.id(), &seed.status.parse().unwrap()).await.unwrap();
    }
    // No one can register these; another program may write them.
    let other = Connection::open(file_in(&folder)).unwrap();
    for seed in &unusable {
        insert(&other, seed);
    }
    (store, folder)
}

fn insert(connection: &Connection, seed: &RecordingSeed) {
    let instant = seed.recorded_at().instant();
    connection
        .execute(
            "INSERT INTO audio_files
                 (device_id, recorded_at, recorded_at_us, file_path, transcriptions_status)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                seed.device,
                seed.recorded_at,
                instant.as_microsecond(),
                seed.object_key,
                seed.status
            ],
        )
        .unwrap();
}
