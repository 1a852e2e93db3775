//! One warning for a folder that cannot be used, until it can be used again.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::warn;

/// Warns once for each time that the folder becomes unusable.
#[derive(Debug, Default)]
pub(super) struct FolderWarning {
    is_given: AtomicBool,
}

impl FolderWarning {
    /// Logs the warning, unless it was given since the folder last worked.
    pub(super) fn give(&self, folder: &Path, error: &io::Error) {
        if !self.is_given.swap(true, Ordering::Relaxed) {
            warn!(
                folder = %folder.display(),
                %error,
                "checkpoints cannot be written; recordings are transcribed without, and from their \
                 beginning after a crash. Mend the permissions or the disk"
            );
        }
    }

    /// The folder works: its next failure is worth a warning again.
    pub(super) fn reset(&self) {
        self.is_given.store(false, Ordering::Relaxed);
    }
}
