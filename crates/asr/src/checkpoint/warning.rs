//! One warning for a folder that cannot be used, until it can be used again.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::warn;

/// Whether there is trouble that was told.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    is_told: AtomicBool,
}

impl Trouble {
    /// Tells what went wrong, unless that was told before.
    pub(super) fn tell(&self, folder: &Path, error: &io::Error) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            warn!(
                folder = %folder.display(),
                %error,
                "checkpoints cannot be written; recordings go on without, and after a crash are \
                 heard from their beginning. Mend the permissions or the disk"
            );
        }
    }

    /// What is written again may fail again, and is told again then.
    pub(super) fn is_over(&self) {
        self.is_told.store(false, Ordering::Relaxed);
    }
}
