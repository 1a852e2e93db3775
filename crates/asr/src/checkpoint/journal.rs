//! The file of one recording: read up to what is whole, then appended to.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{debug, info};

use super::Window;
use super::folder::{Folder, Locked};
use super::key::Key;
use super::line::{self, Whole};

/// The most that is written for one recording, in bytes: a day of speech in windows of half a
/// minute, with 5 kB each.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// The file of one recording.
pub(super) struct Journal {
    folder: Arc<Folder>,
    state: State,
}

enum State {
    /// There is none yet, and this would be its name.
    Absent(String),
    Open(Open),
    /// Nothing is noted.
    Closed,
}

/// A file that ends with a whole line.
struct Open {
    file: File,
    path: PathBuf,
    /// The checksum of the last line.
    last: String,
    bytes: usize,
    next: u32,
    /// A window was not appended.
    has_ended: bool,
}

impl Journal {
    /// The windows that are there, and where the next ones go.
    pub(super) fn resume(folder: &Arc<Folder>, key: &Key) -> (Vec<Window>, Self) {
        let digest = key.digest();
        let (windows, state) = match folder.lock(&digest) {
            Locked::Absent => (Vec::new(), State::Absent(digest)),
            Locked::Unusable => (Vec::new(), State::Closed),
            Locked::Ours(file, path) => match read(&file, digest) {
                Ok(Whole { windows, bytes, last }) => {
                    let next = u32::try_from(windows.len()).unwrap_or(u32::MAX);
                    (windows, State::Open(Open { file, path, last, bytes, next, has_ended: false }))
                }
                Err(error) => {
                    folder.failed(&error);
                    (Vec::new(), State::Closed)
                }
            },
        };
        if let Some(last) = windows.last() {
            let heard_seconds = last.end.as_secs();
            info!(windows = windows.len(), heard_seconds, "a recording is gone on with");
        }
        (windows, Self { folder: folder.clone(), state })
    }

    /// Appends a window. Whatever prevents it, none after it is appended either: what is in the
    /// file stays a prefix.
    pub(super) fn append(&mut self, window: &Window) {
        if let State::Absent(digest) = &mut self.state {
            let digest = std::mem::take(digest);
            let made = if window.index == 0 { make(&self.folder, digest) } else { None };
            self.state = made.map_or(State::Closed, State::Open);
        }
        if let State::Open(open) = &mut self.state {
            open.has_ended = open.has_ended || open.append(window, &self.folder).is_none();
        }
    }

    /// Also where it has ended early.
    pub(super) fn delete(self) {
        let State::Open(open) = self.state else { return };
        match fs::remove_file(&open.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => self.folder.failed(&error),
            _ => {}
        }
    }
}

impl Open {
    /// `None` where the window is not appended.
    fn append(&mut self, window: &Window, folder: &Folder) -> Option<()> {
        let (line, sum) = line::write(window, &self.last).filter(|_| self.next == window.index)?;
        if self.bytes + line.len() > MAX_FILE_BYTES {
            debug!(windows = self.next, "a recording is too long for more checkpoints");
            return None;
        }
        // One call, so that a kill leaves at most one line torn.
        self.file.write_all(line.as_bytes()).map_err(|error| folder.failed(&error)).ok()?;
        folder.works();
        (self.last, self.bytes) = (sum, self.bytes + line.len());
        self.next += 1;
        Some(())
    }
}

/// A new file. `None` where somebody else has made it since it was looked for.
fn make(folder: &Folder, digest: String) -> Option<Open> {
    let Locked::Ours(file, path) = folder.make_and_lock(&digest) else { return None };
    let is_new = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    is_new.then_some(Open { file, path, last: digest, bytes: 0, next: 0, has_ended: false })
}

/// Reads what is whole and cuts off the rest, so that the next line stands after a whole one.
fn read(mut file: &File, first: String) -> io::Result<Whole> {
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES as u64).read_to_end(&mut text)?;
    let whole = line::read(&text, first);
    let end = whole.bytes as u64;
    if file.metadata()?.len() != end {
        file.set_len(end)?;
    }
    file.seek(SeekFrom::Start(end))?;
    Ok(whole)
}
