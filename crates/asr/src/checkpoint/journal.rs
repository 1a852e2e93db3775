//! The file of one recording: read up to what is whole, then appended to.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{debug, info};

use super::Window;
use super::folder::Folder;
use super::key::Key;
use super::line::{self, Whole};

/// The most that is written for one recording, in bytes: a day of speech in windows of half a
/// minute, with 5 kB each.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// The file of one recording, if there is one.
pub(super) struct Journal {
    folder: Arc<Folder>,
    open: Option<Open>,
}

/// A file that ends with a whole line.
struct Open {
    file: File,
    path: PathBuf,
    /// The checksum of the last line.
    last: String,
    bytes: usize,
    next: u32,
}

impl Journal {
    /// The windows that are there, and where the next ones go.
    pub(super) fn resume(folder: &Arc<Folder>, key: &Key) -> (Vec<Window>, Self) {
        let digest = key.digest();
        let Some((file, path)) = folder.lock(&digest) else {
            return (Vec::new(), Self { folder: folder.clone(), open: None });
        };
        let (windows, open) = match read(&file, digest) {
            Ok(Whole { windows, bytes, last }) => {
                let next = u32::try_from(windows.len()).unwrap_or(u32::MAX);
                (windows, Some(Open { file, path, last, bytes, next }))
            }
            Err(error) => {
                folder.failed(&error);
                (Vec::new(), None)
            }
        };
        if let Some(last) = windows.last() {
            let heard_seconds = last.end.as_secs();
            info!(windows = windows.len(), heard_seconds, "a recording is gone on with");
        }
        (windows, Self { folder: folder.clone(), open })
    }

    /// Appends a window. Whatever prevents it, none after it is appended either: what is in the
    /// file stays a prefix.
    pub(super) fn append(&mut self, window: &Window) {
        let Some(mut open) = self.open.take().filter(|open| open.next == window.index) else {
            return;
        };
        let Some((line, sum)) = line::write(window, &open.last) else { return };
        if open.bytes + line.len() > MAX_FILE_BYTES {
            debug!(windows = open.next, "a recording is too long for more checkpoints");
            return;
        }
        // One call, so that a kill leaves at most one line torn.
        match open.file.write_all(line.as_bytes()) {
            Ok(()) => {
                self.folder.works();
                (open.last, open.bytes) = (sum, open.bytes + line.len());
                open.next += 1;
                self.open = Some(open);
            }
            Err(error) => self.folder.failed(&error),
        }
    }

    pub(super) fn delete(self) {
        let Some(open) = self.open else { return };
        match fs::remove_file(&open.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => self.folder.failed(&error),
            _ => {}
        }
    }
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
