//! Finished passes of a recording on disk, so that a process that dies in the middle of a long one
//! does not transcribe its beginning again.
//!
//! Each recording under way has one file in the folder of the [`Checkpoints`], named by the
//! SHA-256 of its [`Key`] and locked by its writer. A pass is one line, written at once and
//! protected by a checksum that also covers all lines before it: whatever a kill leaves behind,
//! the part that can be read back is a prefix of what was written.
//!
//! Nothing is synced to the disk. A kill by any signal loses nothing that was written; a loss of
//! power may, and then the recording is transcribed again from the last line that makes sense.
//! A sync for each pass would save no more than that.
//!
//! A folder that cannot be written costs a warning and no recording.

mod finished_pass;
mod folder;
mod journal;
mod key;
mod line;
mod sweep;
mod warning;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use self::finished_pass::FinishedPass;
use self::folder::Folder;
use self::journal::Journal;
pub use self::key::Key;

/// The folder with the finished passes of recordings that are not finished. Clones share one
/// warning.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: Arc<Folder>,
}

/// The checkpoint of one recording, new or of an earlier run. Dropped, it is kept for the next run.
pub struct Resumed {
    /// Passes that are finished, in order from the first.
    pub passes: Vec<FinishedPass>,
    journal: Journal,
}

impl Checkpoints {
    /// Opens the checkpoints in `folder`, and creates it (for its owner alone) if it does not exist.
    /// Deletes checkpoints that were left behind long ago. Blocking, quick.
    #[must_use]
    pub fn open(folder: PathBuf) -> Self {
        Self { folder: Arc::new(Folder::open(folder)) }
    }

    /// Returns the finished passes of the recording. Blocking, quick.
    ///
    /// There are none if the file does not exist or cannot be read, or if another process works on
    /// the same recording; in the last two cases nothing is written either. A new file is created
    /// with the first pass that is appended.
    #[must_use]
    pub fn resume(&self, key: &Key) -> Resumed {
        let (passes, journal) = Journal::resume(&self.folder, key);
        Resumed { passes, journal }
    }
}

impl Resumed {
    /// Appends the next pass. A pass out of order is not written, nor is any after it. Blocking,
    /// quick.
    pub fn append(&mut self, pass: &FinishedPass) {
        self.journal.append(pass);
    }

    /// Deletes the checkpoint: the recording is finished, or will never be. Blocking, quick.
    pub fn done(self) {
        self.journal.delete();
    }
}

impl fmt::Debug for Resumed {
    /// Shows the number of passes, and nothing that was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumed").field("passes", &self.passes.len()).finish_non_exhaustive()
    }
}
