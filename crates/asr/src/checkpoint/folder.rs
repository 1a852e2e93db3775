//! The folder of checkpoints: made, swept, and opened one locked file at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tracing::debug;

use super::sweep::{EXTENSION, is_checkpoint, select_stale};
use super::warning::FolderWarning;

/// Result of locking a file.
pub(super) enum LockResult {
    /// Locked for as long as the file is open.
    Locked(File, PathBuf),
    /// There is no such file.
    Absent,
    /// Locked by another process or by this one, or not accessible, which was logged.
    Unusable,
}

/// The folder of checkpoints.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    warning: FolderWarning,
}

impl Folder {
    pub(super) fn open(path: PathBuf) -> Self {
        let folder = Self { path, warning: FolderWarning::default() };
        match folder.create() {
            Ok(()) => folder.sweep(),
            Err(error) => folder.failed(&error),
        }
        folder
    }

    /// Locks the file with this digest, if it exists.
    pub(super) fn lock(&self, digest: &str) -> LockResult {
        let path = self.path_of(digest);
        match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => LockResult::Absent,
            opened => self.lock_opened(opened, path),
        }
    }

    /// Locks the file with this digest, and creates it if it does not exist.
    pub(super) fn create_and_lock(&self, digest: &str) -> LockResult {
        let path = self.path_of(digest);
        // Swept here too: a process may run for months.
        self.sweep();
        let opened = self.create().and_then(|()| create_private(&path));
        self.lock_opened(opened, path)
    }

    fn path_of(&self, digest: &str) -> PathBuf {
        self.path.join(format!("{digest}.{EXTENSION}"))
    }

    fn lock_opened(&self, opened: io::Result<File>, path: PathBuf) -> LockResult {
        let locked = opened.and_then(|file| match file.try_lock() {
            Ok(()) => Ok(LockResult::Locked(file, path)),
            Err(TryLockError::WouldBlock) => Ok(LockResult::Unusable),
            Err(TryLockError::Error(error)) => Err(error),
        });
        locked.unwrap_or_else(|error| {
            self.failed(&error);
            LockResult::Unusable
        })
    }

    /// Logs that the folder or a file in it cannot be used, once.
    pub(super) fn failed(&self, error: &io::Error) {
        self.warning.give(&self.path, error);
    }

    /// Notes that something was written.
    pub(super) fn works(&self) {
        self.warning.reset();
    }

    fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    /// Deletes stale checkpoints. One that cannot be deleted now is still stale next time.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else { return };
        let checkpoints =
            entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_checkpoint));
        let files = checkpoints.filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, entry.path()))
        });
        let mut deleted = 0;
        for path in select_stale(files.collect(), SystemTime::now()) {
            deleted += usize::from(delete_unlocked(&path).is_ok());
        }
        if deleted > 0 {
            debug!(deleted, "abandoned checkpoints deleted");
        }
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Deletes a file unless somebody writes it: then it is not stale, whatever its time.
fn delete_unlocked(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.try_lock()?;
    fs::remove_file(path)
}
