//! Spooled files: temporary, private to this user, deleted whatever happens.
//!
//! A process that is killed leaves its files behind. Each file is locked for as long as its
//! process holds it, so that the next start knows which ones are abandoned.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use watchme_core::SourceError;

/// Prefix of file names, so that a person knows whose files these are.
const PREFIX: &str = "watchme-";

/// Number of bytes gathered before each write. A write is a hop to another thread.
const BUFFER_BYTES: usize = 256 << 10;

/// Age from which a file without a lock is abandoned. A younger one may be about to be locked.
const LEFT_AFTER: Duration = Duration::from_mins(1);

/// A file that is being written. Dropping it deletes it.
#[derive(Debug)]
pub(crate) struct SpoolFile {
    folder: PathBuf,
    file: BufWriter<File>,
    written: SpooledFile,
    size_bytes: u64,
}

/// A file that is written. Dropping it deletes it.
#[derive(Debug)]
pub(crate) struct SpooledFile {
    path: TempPath,
    /// Held open for its lock.
    _lock: fs::File,
}

impl SpooledFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl SpoolFile {
    /// Creates an empty file in `folder`, and the folder if there is none.
    pub(crate) async fn create(folder: &Path) -> Result<Self, SourceError> {
        let folder = folder.to_owned();
        let wanted = folder.clone();
        let created = tokio::task::spawn_blocking(move || create_in(&wanted)).await;
        let created = created.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        let (file, written) = created.map_err(|error| cannot_spool(&folder, error))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::from_std(file));
        Ok(Self { folder, file, written, size_bytes: 0 })
    }

    /// Appends `bytes`.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        let written = self.file.write_all(bytes).await;
        written.map_err(|error| cannot_spool(&self.folder, error))?;
        self.size_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Returns the number of bytes written so far.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Flushes the file and closes it for writing. Dropping the result deletes it.
    pub(crate) async fn finish(mut self) -> Result<SpooledFile, SourceError> {
        // The flush reports late errors, such as a full disk.
        self.file.flush().await.map_err(|error| cannot_spool(&self.folder, error))?;
        Ok(self.written)
    }
}

/// Deletes the files that killed processes left in `folder`, as far as possible.
pub(crate) async fn sweep(folder: &Path) {
    let folder = folder.to_owned();
    // The next start tries again to delete what cannot be deleted now.
    let _ = tokio::task::spawn_blocking(move || delete_left_files(&folder)).await;
}

fn delete_left_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&entry)? {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_left(entry: &fs::DirEntry) -> io::Result<bool> {
    // Of the entry itself: a link is not followed.
    let found = entry.metadata()?;
    let age = found.modified()?.elapsed().unwrap_or_default();
    Ok(found.is_file() && age > LEFT_AFTER && fs::File::open(entry.path())?.try_lock().is_ok())
}

fn create_in(folder: &Path) -> io::Result<(fs::File, SpooledFile)> {
    // `tempfile` gives the file to its owner only.
    let create = || tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder);
    let created = match create() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create_private_folder(folder)?;
            create()?
        }
        created => created?,
    };
    // A disk without locks has no sweeping either.
    let _ = created.as_file().try_lock();
    let lock = created.as_file().try_clone()?;
    let (file, path) = created.into_parts();
    Ok((file, SpooledFile { path, _lock: lock }))
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn cannot_spool(folder: &Path, source: io::Error) -> SourceError {
    let reason = format!("`{}` {}", folder.display(), complaint(source.kind()));
    SourceError::Spool { reason, source }
}

/// Says what is wrong with the folder, and what to do.
fn complaint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull => "is on a full disk; free some space or name another folder",
        ErrorKind::QuotaExceeded => "is over its quota; free some space or name another folder",
        ErrorKind::PermissionDenied => "is closed to this user; open it or name another folder",
        ErrorKind::ReadOnlyFilesystem => "is on a read-only disk; name another folder",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "is no folder; remove the file or name another folder"
        }
        _ => "cannot be written to; check the disk or name another folder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_disk_has_its_mend() {
        let table = [
            (ErrorKind::StorageFull, "full disk"),
            (ErrorKind::QuotaExceeded, "quota"),
            (ErrorKind::PermissionDenied, "closed to this user"),
            (ErrorKind::ReadOnlyFilesystem, "read-only"),
            (ErrorKind::NotADirectory, "no folder"),
            (ErrorKind::AlreadyExists, "no folder"),
            (ErrorKind::Other, "cannot be written to"),
        ];
        for (kind, expected) in table {
            let error = cannot_spool(Path::new("/spool"), io::Error::from(kind));
            let SourceError::Spool { reason, source } = &error else { panic!("{error:?}") };
            assert!(reason.starts_with("`/spool` ") && reason.contains(expected), "{reason}");
            assert_eq!(source.kind(), kind);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_known_by_its_error_number() {
        // ENOSPC and EDQUOT, as the kernel numbers them.
        assert!(complaint(io::Error::from_raw_os_error(28).kind()).contains("full disk"));
        assert!(complaint(io::Error::from_raw_os_error(122).kind()).contains("quota"));
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_write_that_fails_names_the_folder_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = SpoolFile::create(folder.path()).await.unwrap();
        // The device that is always full.
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        spool.file = BufWriter::with_capacity(BUFFER_BYTES, File::from_std(full));
        spool.write(b"bytes").await.unwrap();
        let error = spool.finish().await.unwrap_err();
        let SourceError::Spool { reason, .. } = &error else { panic!("{error:?}") };
        assert!(reason.contains("full disk"), "{reason}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn spooled_files_are_private_to_their_owner() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let nested = folder.path().join("made");
        let spool = SpoolFile::create(&nested).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(spool.written.path()), 0o600);
        assert_eq!(mode(&nested), 0o700);
    }

    #[tokio::test]
    async fn a_sweep_deletes_what_nobody_holds_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, age: Duration| {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - age).unwrap();
        };
        let old = 2 * LEFT_AFTER;
        put("watchme-left", old);
        put("watchme-young", Duration::ZERO);
        put("somebody-elses", old);
        let held = SpoolFile::create(folder.path()).await.unwrap().finish().await.unwrap();
        let opened = fs::File::options().write(true).open(held.path()).unwrap();
        opened.set_modified(std::time::SystemTime::now() - old).unwrap();

        sweep(folder.path()).await;
        assert!(!folder.path().join("watchme-left").exists());
        assert!(folder.path().join("watchme-young").exists());
        assert!(folder.path().join("somebody-elses").exists());
        assert!(held.path().exists());
    }

    #[tokio::test]
    async fn a_sweep_of_no_folder_does_nothing() {
        sweep(Path::new("/nonexistent/spool")).await;
    }
}
