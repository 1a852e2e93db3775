//! The recording's bytes as a demuxer gets them: without leading tags, with corrected headers, and with a
//! bound on re-reading.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use symphonia::core::io::MediaSource;

use super::content::{HEAD_BYTES, find_start};
use super::peek::Peek;

/// A demuxer may read each byte this many times, and [`FREE_BYTES`] more. A badly interleaved file
/// is read some ten times over; a parser that has stopped making progress reads without end.
const PASSES: u64 = 100;

/// Bytes that may be read of the smallest file: the demuxer reads ahead 32 kB at each seek.
const FREE_BYTES: u64 = 1 << 30;

/// Open recording.
pub(super) struct Opened {
    file: File,
    /// Offset of the first byte after its tags.
    origin: u64,
    length: u64,
    head: Vec<u8>,
    trouble: Trouble,
}

/// File as a demuxer reads it.
pub(super) struct Source {
    file: File,
    origin: u64,
    position: u64,
    /// Length without the tail.
    length: u64,
    patches: Vec<Patch>,
    tail: Vec<u8>,
    /// Range of the file that is skipped. Positions and patches count without it.
    left_out: Range<u64>,
    budget: u64,
    trouble: Trouble,
}

/// Replacement of bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

/// The first error of the operating system, kept because a demuxer reports it as it reports the
/// end of a cut-off file.
pub(super) type Trouble = Arc<OnceLock<io::Error>>;

impl Opened {
    /// Opens a recording.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let whole = file.metadata()?.len();
        let origin = find_start(&mut Peek::new(&mut file, 0, whole))?.min(whole);
        let length = whole - origin;
        let head = Peek::new(&mut file, origin, length).up_to(0, HEAD_BYTES)?;
        Ok(Self { file, origin, length, head, trouble: Trouble::default() })
    }

    /// First bytes after the tags.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// True if there were tags.
    pub(super) fn has_tags(&self) -> bool {
        self.origin > 0
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Shared slot for the first failure to read.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    /// Returns a reader of single bytes.
    pub(super) fn peek(&mut self) -> Peek<&mut File> {
        Peek::new(&mut self.file, self.origin, self.length)
    }

    /// Opens all of it for a demuxer, with patches and with a tail after its end.
    pub(super) fn source(&self, patches: Vec<Patch>, tail: Vec<u8>) -> io::Result<Source> {
        let mut source = self.part(0..self.length)?;
        (source.patches, source.tail) = (patches, tail);
        Ok(source)
    }

    /// Opens its first `header` bytes, followed by those from `from` on, for a demuxer.
    pub(super) fn resumed(
        &self,
        patches: Vec<Patch>,
        header: u64,
        from: u64,
    ) -> io::Result<Source> {
        let mut source = self.source(patches, Vec::new())?;
        source.left_out = header..from.max(header);
        Ok(source)
    }

    /// Opens a part of it for a demuxer.
    pub(super) fn part(&self, part: Range<u64>) -> io::Result<Source> {
        let length = part.end.min(self.length).saturating_sub(part.start);
        Ok(Source {
            file: self.file.try_clone()?,
            origin: self.origin + part.start,
            position: 0,
            length,
            patches: Vec::new(),
            tail: Vec::new(),
            left_out: 0..0,
            budget: length.saturating_mul(PASSES).saturating_add(FREE_BYTES),
            trouble: self.trouble.clone(),
        })
    }
}

impl Source {
    fn total(&self) -> u64 {
        self.file_length() + self.tail.len() as u64
    }

    /// Number of bytes that are read of the file.
    fn file_length(&self) -> u64 {
        self.length - (self.left_out.end - self.left_out.start).min(self.length)
    }

    /// Converts a position to an offset of the file.
    fn offset(&self, position: u64) -> u64 {
        let left_out = self.left_out.end - self.left_out.start;
        let passed = if position >= self.left_out.start { left_out } else { 0 };
        self.origin.saturating_add(position).saturating_add(passed)
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_before = self.position < self.left_out.start;
        let end = if is_before { self.left_out.start } else { self.file_length() };
        let there = end.saturating_sub(self.position);
        if there == 0 {
            let tail = self.position - self.file_length();
            let tail = usize::try_from(tail).unwrap_or(usize::MAX);
            let mut tail = self.tail.get(tail..).unwrap_or_default();
            return tail.read(buffer);
        }
        let count = buffer.len().min(usize::try_from(there).unwrap_or(usize::MAX));
        // Other readers of the file move its cursor.
        self.file.seek(SeekFrom::Start(self.offset(self.position)))?;
        let read = self.file.read(&mut buffer[..count])?;
        self.budget = self
            .budget
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("the same bytes are read again and again"))?;
        Ok(read)
    }

    fn patch(&self, buffer: &mut [u8]) {
        let read = self.position..self.position + buffer.len() as u64;
        for Patch { at, bytes } in &self.patches {
            for (at, &byte) in (*at..).zip(bytes).filter(|(at, _)| read.contains(at)) {
                if let Ok(index) = usize::try_from(at - read.start) {
                    buffer[index] = byte;
                }
            }
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.read_some(buffer) {
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
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.total().checked_add_signed(by),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.position = target;
        Ok(target)
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.total())
    }
}
