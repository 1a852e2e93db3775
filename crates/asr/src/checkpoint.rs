//! Finished windows of a recording on disk, so that a process that dies in the middle of a long
//! one does not hear its beginning again.
//!
//! Each recording under way has one file in the folder of the [`Checkpoints`], named by the
//! SHA-256 of its [`Key`] and locked by who writes it. A window is one line, written at once and
//! protected by a checksum that also covers all lines before it: whatever a kill leaves behind,
//! what is read back is a prefix of what was written.
//!
//! Nothing is synced to the disk. What a process wrote outlives its death by any signal; what a
//! machine wrote may be gone after a loss of power, and then the recording is heard again from
//! where the file still makes sense. A sync for each window would buy nothing else.
//!
//! A folder that cannot be written costs a warning and no recording.

mod folder;
mod journal;
mod key;
mod line;
mod sweep;
mod warning;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use watchme_core::{Removed, Segment};

use self::folder::Folder;
use self::journal::Journal;
pub use self::key::Key;

/// The folder of the windows of recordings that are not finished. Its copies share one warning.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: Arc<Folder>,
}

/// What is final of one stretch of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Which stretch, counted from 0.
    pub index: u32,
    /// Where it starts, from the start of the recording.
    pub start: Duration,
    /// Where it ends, from the start of the recording.
    pub end: Duration,
    /// Its segments, with times from the start of the recording.
    pub segments: Vec<Segment>,
    /// What was left out of it, and why.
    pub removed: Vec<Removed>,
    /// The language that was decided for what follows, once somebody has spoken.
    pub language: Option<String>,
}

/// A recording that is begun or gone on with. Dropped, it is kept for the next time.
pub struct Resumed {
    /// The windows that are finished, in order from the first.
    pub windows: Vec<Window>,
    journal: Journal,
}

impl Checkpoints {
    /// The checkpoints in `folder`, which is made (for its owner alone) where it does not exist.
    /// What was left behind long ago is deleted. Blocking, quick.
    #[must_use]
    pub fn open(folder: PathBuf) -> Self {
        Self { folder: Arc::new(Folder::open(folder)) }
    }

    /// What is finished of the recording. Blocking, quick.
    ///
    /// Without windows where there are none, where the file cannot be read, and where another
    /// process works on the same: then nothing is noted here either. A file is made with the first
    /// window that is noted.
    #[must_use]
    pub fn resume(&self, key: &Key) -> Resumed {
        let (windows, journal) = Journal::resume(&self.folder, key);
        Resumed { windows, journal }
    }
}

impl Resumed {
    /// Notes the next window. One that is not the next is not noted, nor is any after it.
    /// Blocking, quick.
    pub fn append(&mut self, window: &Window) {
        self.journal.append(window);
    }

    /// Forgets the windows: the recording is finished, or will never be. Blocking, quick.
    pub fn done(self) {
        self.journal.delete();
    }
}

impl fmt::Debug for Resumed {
    /// Without what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumed").field("windows", &self.windows.len()).finish_non_exhaustive()
    }
}
