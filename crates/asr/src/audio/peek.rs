//! Reads a few bytes at any offset of a file, for headers that are parsed before a demuxer gets the file.

use std::io::{self, Read, Seek, SeekFrom};

/// Reader at offsets of a file, counted from the end of its leading tags.
pub(super) struct Peek<R> {
    file: R,
    origin: u64,
    length: u64,
}

impl<R: Read + Seek> Peek<R> {
    /// Creates a reader of `length` bytes of `file` from `origin` on.
    pub(super) fn new(file: R, origin: u64, length: u64) -> Self {
        Self { file, origin, length }
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Reads the bytes at `at`, or returns `None` where the file ends before.
    pub(super) fn array<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        let bytes = self.up_to(at, N)?;
        Ok(bytes.try_into().ok())
    }

    /// Reads `count` bytes at `at`, or fewer where the file ends before.
    pub(super) fn up_to(&mut self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let there = self.length.saturating_sub(at).min(count as u64);
        let mut bytes = Vec::new();
        if there > 0 {
            self.file.seek(SeekFrom::Start(self.origin + at))?;
            Read::by_ref(&mut self.file).take(there).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }
}

/// Byte order of the numbers of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// Reads the 16-bit number at `at`, or 0 where `bytes` end before.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        u16::try_from(self.number(bytes, at, 2)).unwrap_or_default()
    }

    /// Reads the 32-bit number at `at`, or 0 where `bytes` end before.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        u32::try_from(self.number(bytes, at, 4)).unwrap_or_default()
    }

    /// Reads the 64-bit number at `at`, or 0 where `bytes` end before.
    pub(super) fn u64(self, bytes: &[u8], at: usize) -> u64 {
        self.number(bytes, at, 8)
    }

    fn number(self, bytes: &[u8], at: usize, width: usize) -> u64 {
        let bytes = bytes.get(at..at + width).unwrap_or_default();
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, join),
            Self::Big => bytes.iter().fold(0, join),
        }
    }
}
