//! The folder source.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use watchme_core::{AudioSource, Check, SourceError};
use watchme_storage::{FolderConfig, FolderSource};
use watchme_testkit::contract::source::{LIMIT_BYTES, Objects, SourceUnderTest};

use crate::made::{denied, key};

watchme_testkit::source_contract!(in_a_folder);

async fn in_a_folder(objects: Objects) -> SourceUnderTest {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in objects {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let source = Box::new(source_of(folder.path()));
    SourceUnderTest { source, spool_dir: None, guard: Box::new(folder) }
}

fn source_of(root: &Path) -> FolderSource {
    FolderSource::new(FolderConfig { root: root.to_owned(), max_bytes: LIMIT_BYTES })
}

#[tokio::test]
async fn a_folder_that_is_not_there_makes_no_recording_missing() {
    let folder = TempDir::new().unwrap();
    let source = source_of(&folder.path().join("not-mounted"));
    let error = source.fetch(&key("a.wav")).await.unwrap_err();
    assert!(denied(&error).contains("mount it"), "{error}");
    let checks = source.check().await;
    assert!(checks.iter().any(Check::is_failure), "{checks:?}");
}

#[tokio::test]
async fn a_key_with_a_part_too_long_for_a_file_is_invalid() {
    let folder = TempDir::new().unwrap();
    let error = source_of(folder.path()).fetch(&key(&"a".repeat(1000))).await.unwrap_err();
    assert!(matches!(error, SourceError::InvalidKey { .. }), "{error:?}");
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn a_link_out_of_the_folder_is_refused() {
        let folder = TempDir::new().unwrap();
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(&root).unwrap();
        fs::write(outside.join("a.wav"), "secret").unwrap();
        symlink(outside.join("a.wav"), root.join("file-link.wav")).unwrap();
        symlink(&outside, root.join("folder-link")).unwrap();
        for name in ["file-link.wav", "folder-link/a.wav"] {
            let error = source_of(&root).fetch(&key(name)).await.unwrap_err();
            assert!(matches!(error, SourceError::InvalidKey { .. }), "{name}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_link_inside_the_folder_is_followed() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("a.wav"), "abc").unwrap();
        symlink("a.wav", folder.path().join("link.wav")).unwrap();
        let audio = source_of(folder.path()).fetch(&key("link.wav")).await.unwrap();
        assert_eq!(audio.size_bytes(), 3);
    }

    #[tokio::test]
    async fn the_folder_itself_may_be_a_link() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        fs::write(folder.path().join("real/a.wav"), "abc").unwrap();
        symlink("real", folder.path().join("root")).unwrap();
        assert!(source_of(&folder.path().join("root")).fetch(&key("a.wav")).await.is_ok());
    }

    #[tokio::test]
    async fn a_dangling_link_is_missing() {
        let folder = TempDir::new().unwrap();
        symlink("nowhere", folder.path().join("a.wav")).unwrap();
        let error = source_of(folder.path()).fetch(&key("a.wav")).await.unwrap_err();
        assert!(matches!(error, SourceError::Missing { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_pipe_is_refused_and_not_waited_for() {
        let folder = TempDir::new().unwrap();
        let made = Command::new("mkfifo").arg(folder.path().join("a.wav")).status().unwrap();
        assert!(made.success());
        let error = source_of(folder.path()).fetch(&key("a.wav")).await.unwrap_err();
        assert!(matches!(error, SourceError::InvalidKey { .. }), "{error:?}");
    }
}
