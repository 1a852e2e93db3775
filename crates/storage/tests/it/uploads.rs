//! Recordings that callers send themselves.

use std::fs;
use std::path::Path;

use watchme_core::SourceError;
use watchme_storage::{UploadError, Uploads};

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn what_is_written_is_there_whole_until_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("spool");
    let uploads = Uploads::new(made.clone(), 10);
    assert!(!made.exists());
    let mut upload = uploads.begin().await.unwrap();
    upload.write(b"01234").await.unwrap();
    upload.write(b"56789").await.unwrap();
    let audio = upload.finish().await.unwrap();
    assert_eq!((fs::read(audio.path()).unwrap(), audio.size_bytes()), (b"0123456789".to_vec(), 10));
    drop(audio);
    assert_eq!(files(&made), 0);
}

#[tokio::test]
async fn a_byte_too_many_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut upload = Uploads::new(folder.path().to_owned(), 10).begin().await.unwrap();
    upload.write(b"0123456789").await.unwrap();
    let error = upload.write(b"x").await.unwrap_err();
    assert!(matches!(error, UploadError::TooLarge { limit_bytes: 10 }), "{error:?}");
    assert_eq!(files(folder.path()), 1);
    drop(upload);
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn all_together_are_bounded_and_what_is_dropped_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let uploads = Uploads::new(folder.path().to_owned(), 10);
    let mut first = uploads.begin().await.unwrap();
    first.write(b"0123456789").await.unwrap();
    let first = first.finish().await.unwrap();
    let mut second = uploads.clone().begin().await.unwrap();
    second.write(b"0123456").await.unwrap();
    let mut third = uploads.begin().await.unwrap();
    let error = third.write(b"0123").await.unwrap_err();
    assert!(matches!(error, UploadError::Full { limit_bytes: 20 }), "{error:?}");
    third.write(b"012").await.unwrap();
    drop(second);
    third.write(b"345").await.unwrap();
    drop((first, third));
    let mut whole = uploads.begin().await.unwrap();
    whole.write(b"0123456789").await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = Uploads::new(file, 10).begin().await.unwrap_err();
    assert!(matches!(error, UploadError::Spool(SourceError::Spool { .. })), "{error:?}");
}
