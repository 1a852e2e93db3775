//! The recording's bytes as the demuxer sees them: mended lengths, and a bound on re-reading.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use symphonia::core::io::MediaSource;

use super::mend::{Patch, mended_header};

/// Bytes of the start that are kept for recognising the content.
const HEAD_BYTES: u64 = 512;

/// A demuxer may read each byte this many times, and [`FREE_BYTES`] more. A badly interleaved file
/// is read some ten times over; a parser that has stopped making progress reads without end.
const PASSES: u64 = 100;

/// Bytes that may be read of the smallest file: the demuxer reads ahead 32 kB at each seek.
const FREE_BYTES: u64 = 1 << 30;

/// A file that is read through a demuxer.
pub(super) struct Source {
    file: File,
    position: u64,
    length: u64,
    head: Vec<u8>,
    patches: Vec<Patch>,
    budget: u64,
    trouble: Trouble,
}

/// The first error of the operating system, kept because a demuxer reports it as it reports the
/// end of a cut-off file.
pub(super) type Trouble = Arc<OnceLock<io::Error>>;

impl Source {
    /// Opens a recording.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(HEAD_BYTES).read_to_end(&mut head)?;
        let patches = mended_header(&mut file, &head, length)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self {
            file,
            position: 0,
            length,
            head,
            patches,
            budget: length.saturating_mul(PASSES).saturating_add(FREE_BYTES),
            trouble: Trouble::default(),
        })
    }

    /// The first bytes.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Shared slot for the first failure to read.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    fn patch(&self, buffer: &mut [u8]) {
        for (at, byte) in (self.position..).zip(buffer) {
            for patch in &self.patches {
                let index = at.checked_sub(patch.at).and_then(|index| usize::try_from(index).ok());
                if let Some(&mended) = index.and_then(|index| patch.bytes.get(index)) {
                    *byte = mended;
                }
            }
            if self.patches.iter().all(|patch| at > patch.at + 4) {
                break;
            }
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.file.read(buffer).and_then(|read| {
            self.budget = self
                .budget
                .checked_sub(read as u64)
                .ok_or_else(|| io::Error::other("the same bytes are read again and again"))?;
            Ok(read)
        });
        match result {
            Ok(read) => {
                self.patch(&mut buffer[..read]);
                self.position += read as u64;
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let shown = io::Error::new(error.kind(), "the recording cannot be read");
                // Only the first error is the cause; a later one changes nothing.
                let _ = self.trouble.set(error);
                Err(shown)
            }
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
