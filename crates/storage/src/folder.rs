//! Recordings in a folder: the key is the path under it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use watchme_core::{AudioSource, Check, FetchedAudio, ObjectKey, SourceError};

/// Settings of a [`FolderSource`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderConfig {
    /// Folder of the recordings.
    pub root: PathBuf,
    /// Size of the largest recording that is handed out, in bytes.
    pub max_bytes: u64,
}

/// Recordings in a folder.
///
/// A fetch hands out the stored file itself: nothing is copied, and nothing is ever deleted. If
/// somebody changes a file while it is transcribed, the changed file is read.
///
/// A key stays inside the folder, also through symbolic links, and names a regular file.
///
/// ```
/// use watchme_core::AudioSource;
/// use watchme_storage::{DEFAULT_MAX_BYTES, FolderConfig, FolderSource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("audio.wav"), b"RIFF")?;
///
/// let root = folder.path().to_owned();
/// let source = FolderSource::new(FolderConfig { root, max_bytes: DEFAULT_MAX_BYTES });
/// let audio = source.fetch(&"audio.wav".parse()?).await?;
/// assert_eq!(audio.size_bytes(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FolderSource {
    config: FolderConfig,
}

impl FolderSource {
    /// Makes a source of the files under `config.root`, which may be created later.
    #[must_use]
    pub fn new(config: FolderConfig) -> Self {
        Self { config }
    }
}

#[async_trait]
impl AudioSource for FolderSource {
    async fn fetch(&self, key: &ObjectKey) -> Result<FetchedAudio, SourceError> {
        let (config, key) = (self.config.clone(), key.clone());
        let found = tokio::task::spawn_blocking(move || find(&config, &key)).await;
        found.unwrap_or_else(|panic| Err(SourceError::Unavailable { source: panic.into() }))
    }

    async fn check(&self) -> Vec<Check> {
        let root = self.config.root.clone();
        let shown = format!("`{}`", root.display());
        let read = tokio::task::spawn_blocking(move || fs::read_dir(root).map(drop)).await;
        let check = match read.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
            Ok(()) => Check::pass("recordings folder", shown),
            Err(error) => {
                let mend = "create the folder, or mount it, and let this user read it";
                Check::fail("recordings folder", format!("{shown}: {error}"), mend)
            }
        };
        vec![check]
    }
}

fn find(config: &FolderConfig, key: &ObjectKey) -> Result<FetchedAudio, SourceError> {
    let missing = || SourceError::Missing { key: key.clone() };
    let root = fs::canonicalize(&config.root).map_err(|error| refused(&config.root, error))?;
    let path = fs::canonicalize(root.join(path_of(key)?)).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => missing(),
        ErrorKind::InvalidFilename => {
            SourceError::InvalidKey { reason: "a part of it is too long for a file name" }
        }
        _ => refused(&root, error),
    })?;
    if !path.starts_with(&root) {
        return Err(SourceError::InvalidKey { reason: "it leads out of the folder" });
    }

    // Looked at before it is opened: opening a pipe waits for its writer.
    let found = fs::metadata(&path).map_err(|error| refused(&path, error))?;
    if found.is_dir() {
        return Err(missing());
    }
    if !found.is_file() {
        return Err(SourceError::InvalidKey { reason: "it names no regular file" });
    }
    let (size_bytes, limit_bytes) = (found.len(), config.max_bytes);
    if size_bytes > limit_bytes {
        return Err(SourceError::TooLarge { size_bytes, limit_bytes });
    }
    fs::File::open(&path).map_err(|error| refused(&path, error))?;
    Ok(FetchedAudio::new(path, size_bytes, ()))
}

/// Returns the key as a path below the folder.
fn path_of(key: &ObjectKey) -> Result<&Path, SourceError> {
    let invalid = |reason| Err(SourceError::InvalidKey { reason });
    let text = key.as_str();
    if text.contains('\\') {
        return invalid("a backslash separates folders on some systems");
    }
    if cfg!(windows) && text.contains(':') {
        return invalid("a colon names a drive on this system");
    }
    // A closing slash names a prefix, which is looked up like a folder.
    let parts = text.strip_suffix('/').unwrap_or(text).split('/');
    for part in parts {
        match part {
            "" => return invalid("a part between its slashes is empty"),
            "." | ".." => return invalid("a part of it is `.` or `..`"),
            _ => {}
        }
    }
    Ok(Path::new(text))
}

/// Makes the error of a file or folder that should be readable and is not.
fn refused(path: &Path, error: io::Error) -> SourceError {
    let mend = match error.kind() {
        ErrorKind::NotFound => "create the folder, or mount it",
        ErrorKind::PermissionDenied => "let this user read it",
        _ => "check the disk",
    };
    let reason = format!("`{}` cannot be read; {mend}", path.display());
    SourceError::Denied { reason, source: Some(error.into()) }
}
