//! The folder of checkpoints: made, swept, and opened one locked file at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tracing::debug;

use super::sweep::{EXTENSION, is_ours, stale};
use super::warning::Trouble;

/// What came of asking for a file.
pub(super) enum Locked {
    /// It is ours for as long as it is open.
    Ours(File, PathBuf),
    /// There is none.
    Absent,
    /// Another process has it, or this one already, or it cannot be had, which was told.
    Unusable,
}

/// The folder of checkpoints.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    trouble: Trouble,
}

impl Folder {
    pub(super) fn open(path: PathBuf) -> Self {
        let folder = Self { path, trouble: Trouble::default() };
        match folder.make() {
            Ok(()) => folder.sweep(),
            Err(error) => folder.failed(&error),
        }
        folder
    }

    /// The file with this digest and its path, if it is there.
    pub(super) fn lock(&self, digest: &str) -> Locked {
        let path = self.path_of(digest);
        match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Locked::Absent,
            opened => self.locked(opened, path),
        }
    }

    /// The file with this digest and its path, which is made where it is not there.
    pub(super) fn make_and_lock(&self, digest: &str) -> Locked {
        let path = self.path_of(digest);
        // Swept here too: a process may go on for months.
        self.sweep();
        let opened = self.make().and_then(|()| make_private(&path));
        self.locked(opened, path)
    }

    fn path_of(&self, digest: &str) -> PathBuf {
        self.path.join(format!("{digest}.{EXTENSION}"))
    }

    fn locked(&self, opened: io::Result<File>, path: PathBuf) -> Locked {
        let locked = opened.and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Locked::Ours(file, path)),
            Err(TryLockError::WouldBlock) => Ok(Locked::Unusable),
            Err(TryLockError::Error(error)) => Err(error),
        });
        locked.unwrap_or_else(|error| {
            self.failed(&error);
            Locked::Unusable
        })
    }

    /// Tells that the folder or a file in it cannot be used, once.
    pub(super) fn failed(&self, error: &io::Error) {
        self.trouble.tell(&self.path, error);
    }

    /// Something was written.
    pub(super) fn works(&self) {
        self.trouble.is_over();
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    /// Deletes what is stale. What cannot be deleted now is stale next time too.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else { return };
        let ours =
            entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
        let files = ours.filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, entry.path()))
        });
        let mut deleted = 0;
        for path in stale(files.collect(), SystemTime::now()) {
            deleted += usize::from(delete_unlocked(&path).is_ok());
        }
        if deleted > 0 {
            debug!(deleted, "checkpoints of recordings that nobody goes on with are deleted");
        }
    }
}

fn make_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file that somebody writes is not stale, whatever its time.
fn delete_unlocked(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.try_lock()?;
    fs::remove_file(path)
}
