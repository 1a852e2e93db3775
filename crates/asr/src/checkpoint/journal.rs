//! The file of one recording: its whole lines are read, then new ones are appended.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{debug, info};

use super::finished_pass::FinishedPass;
use super::folder::{Folder, LockResult};
use super::key::Key;
use super::line::{self, WholeLines};

/// Largest file of one recording, in bytes: a day of speech in passes of half a minute, with 5 kB
/// each.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// The file of one recording.
pub(super) struct Journal {
    folder: Arc<Folder>,
    state: State,
}

enum State {
    /// There is no file yet. Holds its digest.
    Absent(String),
    Open(Open),
    /// Nothing is written.
    Closed,
}

/// A file that ends with a whole line.
struct Open {
    file: File,
    path: PathBuf,
    /// Checksum of the last line.
    last_sum: String,
    bytes: usize,
    /// Index of the next pass.
    next: u32,
    /// True once a pass was not appended.
    has_ended: bool,
}

impl Journal {
    /// Reads the finished passes. Returns them with the journal for the next ones.
    pub(super) fn resume(folder: &Arc<Folder>, key: &Key) -> (Vec<FinishedPass>, Self) {
        let digest = key.digest();
        let (passes, state) = match folder.lock(&digest) {
            LockResult::Absent => (Vec::new(), State::Absent(digest)),
            LockResult::Unusable => (Vec::new(), State::Closed),
            LockResult::Locked(file, path) => match read(&file, digest) {
                Ok(WholeLines { passes, bytes, last_sum }) => {
                    let next = u32::try_from(passes.len()).unwrap_or(u32::MAX);
                    let open = Open { file, path, last_sum, bytes, next, has_ended: false };
                    (passes, State::Open(open))
                }
                Err(error) => {
                    folder.failed(&error);
                    (Vec::new(), State::Closed)
                }
            },
        };
        if let Some(last) = passes.last() {
            let heard_seconds = last.end.as_secs();
            info!(windows = passes.len(), heard_seconds, "a recording is resumed");
        }
        (passes, Self { folder: folder.clone(), state })
    }

    /// Appends a pass. If anything prevents that, none after it is appended either, so that the file
    /// always holds a prefix.
    pub(super) fn append(&mut self, pass: &FinishedPass) {
        if let State::Absent(digest) = &mut self.state {
            let digest = std::mem::take(digest);
            let created = if pass.index == 0 { create(&self.folder, digest) } else { None };
            self.state = created.map_or(State::Closed, State::Open);
        }
        if let State::Open(open) = &mut self.state {
            open.has_ended = open.has_ended || open.append(pass, &self.folder).is_none();
        }
    }

    /// Deletes the file, even if it has ended early.
    pub(super) fn delete(self) {
        let State::Open(open) = self.state else { return };
        match fs::remove_file(&open.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => self.folder.failed(&error),
            _ => {}
        }
    }
}

impl Open {
    /// Returns `None` if the pass is not appended.
    fn append(&mut self, pass: &FinishedPass, folder: &Folder) -> Option<()> {
        let (line, sum) = line::write(pass, &self.last_sum).filter(|_| self.next == pass.index)?;
        if self.bytes + line.len() > MAX_FILE_BYTES {
            debug!(windows = self.next, "a recording is too long for more checkpoints");
            return None;
        }
        // One call, so that a kill leaves at most one line torn.
        self.file.write_all(line.as_bytes()).map_err(|error| folder.failed(&error)).ok()?;
        folder.works();
        (self.last_sum, self.bytes) = (sum, self.bytes + line.len());
        self.next += 1;
        Some(())
    }
}

/// Creates the file. `None` if somebody else has created it meanwhile.
fn create(folder: &Folder, digest: String) -> Option<Open> {
    let LockResult::Locked(file, path) = folder.create_and_lock(&digest) else { return None };
    let is_new = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    is_new.then_some(Open { file, path, last_sum: digest, bytes: 0, next: 0, has_ended: false })
}

/// Reads the whole lines and cuts off the rest, so that the next line stands after a whole one.
fn read(mut file: &File, key_digest: String) -> io::Result<WholeLines> {
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES as u64).read_to_end(&mut text)?;
    let whole = line::read(&text, key_digest);
    let end = whole.bytes as u64;
    if file.metadata()?.len() != end {
        file.set_len(end)?;
    }
    file.seek(SeekFrom::Start(end))?;
    Ok(whole)
}
