//! Opening: files that are opened, refused and created.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use watchme_core::{TranscriptStore, Verdict};
use watchme_store_sqlite::{Config, OpenError, SqliteStore};
use watchme_testkit::sample;

use crate::{file_in, open};

async fn refusal(path: &Path) -> OpenError {
    let config = Config { path: path.to_owned() };
    SqliteStore::open(&config).await.expect_err("a refusal")
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_folder_are_made_for_this_user_only() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data/deep/watchme.db");
    let store = open(&path).await;
    store.save(&sample::slot("12-00"), "text").await.unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path), 0o600);
    let log = path.with_extension("db-wal");
    assert_eq!(mode(&log), 0o600, "what is not yet in the file is as private");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_may_open_is_kept_and_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = file_in(&folder);
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let store = open(&path).await;
    assert_eq!(mode(&path), 0o640);
    let checks = store.check().await;
    let privacy = checks.iter().find(|check| check.subject == "privacy").unwrap();
    assert!(matches!(privacy.verdict, Verdict::Warn { .. }), "{privacy:?}");
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    drop(open(&file_in(&folder)).await);
    let schema = || {
        let connection = Connection::open(file_in(&folder)).unwrap();
        let mut statement =
            connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        let tables: Vec<_> = rows.map(Result::unwrap).collect();
        let version: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        (version, tables)
    };
    let first = schema();
    assert_eq!(first.0, 6);
    drop(open(&file_in(&folder)).await);
    assert_eq!(schema(), first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_open_a_new_file_at_once_share_it() {
    for _ in 0..8 {
        let folder = TempDir::new().unwrap();
        let mut openers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let path = file_in(&folder);
            openers.spawn(async move { open(&path).await });
        }
        assert_eq!(openers.join_all().await.len(), 8);
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = file_in(&folder);
    drop(open(&path).await);
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    drop(newer);

    let error = refusal(&path).await;
    assert!(matches!(error, OpenError::NewerSchema { .. }), "{error:?}");
    assert!(error.to_string().contains("newer version"), "{error}");
    let version: i64 = Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 7);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = file_in(&folder);
    let letter = "Dear Sir or Madam, ".repeat(100);
    fs::write(&path, &letter).unwrap();
    let error = refusal(&path).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = file_in(&folder);
    drop(open(&path).await);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..200].fill(0xff); // The header of the first page, after that of the file.
    fs::write(&path, bytes).unwrap();
    let error = refusal(&path).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let error = refusal(folder.path()).await;
    assert!(matches!(error, OpenError::Inaccessible { .. }), "{error:?}");
}
