//! Recordings that callers send themselves, spooled as they arrive.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use watchme_core::{FetchedAudio, SourceError};

use crate::spool::{self, SpoolFile};

/// Number of uploads of the largest size that fit at once. Many small ones fit, and in a
/// container, where the folder is memory, large ones do not fill it.
const LARGEST_AT_ONCE: u64 = 2;

/// Folder for recordings that callers send. Clones share its bound.
#[derive(Debug, Clone)]
pub struct Uploads {
    folder: PathBuf,
    max_bytes: u64,
    /// Bytes that all uploads hold together.
    held: Arc<AtomicU64>,
}

/// A recording that is arriving. Dropping it deletes what is there.
#[derive(Debug)]
pub struct Upload {
    file: SpoolFile,
    max_bytes: u64,
    share: Share,
}

/// Reason why a recording is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The recording is larger than the limit.
    #[error("the recording has more bytes than the limit of {limit_bytes}")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// Other uploads take up the space. Try again later.
    #[error("all uploads together have more bytes than the limit of {limit_bytes}")]
    Full {
        /// The limit.
        limit_bytes: u64,
    },
    /// The folder cannot be written to.
    #[error(transparent)]
    Spool(#[from] SourceError),
}

/// One upload's share of the bound, given back when it is dropped.
#[derive(Debug)]
struct Share {
    bytes: u64,
    held: Arc<AtomicU64>,
}

impl Uploads {
    /// Makes a spool for uploads of at most `max_bytes` each, and twice that together, in
    /// `folder`, which the first upload creates.
    #[must_use]
    pub fn new(folder: PathBuf, max_bytes: u64) -> Self {
        Self { folder, max_bytes, held: Arc::default() }
    }

    /// Deletes the files that killed processes left in the folder, as far as possible.
    pub async fn sweep(&self) {
        spool::sweep(&self.folder).await;
    }

    /// Returns the size of the largest recording that is accepted, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// Begins a recording.
    pub async fn begin(&self) -> Result<Upload, UploadError> {
        let file = SpoolFile::create(&self.folder).await?;
        let share = Share { bytes: 0, held: self.held.clone() };
        Ok(Upload { file, max_bytes: self.max_bytes, share })
    }
}

impl Upload {
    /// Appends `bytes`, all of them or none.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let more = bytes.len() as u64;
        if self.share.bytes + more > self.max_bytes {
            return Err(UploadError::TooLarge { limit_bytes: self.max_bytes });
        }
        let limit_bytes = self.max_bytes.saturating_mul(LARGEST_AT_ONCE);
        self.share.grow(more, limit_bytes).ok_or(UploadError::Full { limit_bytes })?;
        Ok(self.file.write(bytes).await?)
    }

    /// Returns the whole recording. Dropping it deletes the file.
    pub async fn finish(self) -> Result<FetchedAudio, UploadError> {
        let Self { file, share, .. } = self;
        let size_bytes = file.size_bytes();
        let file = file.finish().await?;
        Ok(FetchedAudio::new(file.path().to_owned(), size_bytes, (file, share)))
    }
}

impl Share {
    /// Takes `more` bytes, if all uploads together stay within `limit`.
    fn grow(&mut self, more: u64, limit: u64) -> Option<()> {
        let grown = |held: u64| held.checked_add(more).filter(|held| *held <= limit);
        // Only the sum counts: nothing else is ordered by it.
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).ok()?;
        self.bytes += more;
        Some(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
