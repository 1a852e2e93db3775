//! A recording on its way from the source to the transcriber.

use std::fmt;
use std::path::{Path, PathBuf};

/// A fetched recording: a file on disk, never a whole recording in memory.
///
/// The bytes are as they were uploaded, in a container and codec that only the content shows.
pub struct FetchedAudio {
    path: PathBuf,
    size_bytes: u64,
    /// Dropped with the audio; a spooled file is deleted by it.
    _guard: Box<dyn Send + Sync>,
}

impl FetchedAudio {
    /// Describes a recording of `size_bytes` at `path`. `guard` is dropped with it, in every
    /// outcome: a source that spooled the file hands in the value that deletes it.
    pub fn new(path: PathBuf, size_bytes: u64, guard: impl Send + Sync + 'static) -> Self {
        Self { path, size_bytes, _guard: Box::new(guard) }
    }

    /// Returns the path of the file, which exists for as long as this value lives.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the size in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl fmt::Debug for FetchedAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedAudio")
            .field("path", &self.path)
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}
