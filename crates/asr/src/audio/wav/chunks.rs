//! Walks the chunks of a RIFF file and of its relatives: RIFX and AIFF in the other byte order, RF64, BW64
//! and Wave64 for lengths beyond 4 GB.

use std::io::{self, Read, Seek};

use super::super::peek::{Order, Peek};

/// Largest number of chunks. A recorder that marks each minute for a day writes 1,440.
const MAX_CHUNKS: u32 = 100_000;

/// Length that was unknown when the header was written.
const UNKNOWN: u32 = u32::MAX;

/// Names of chunks that recordings have. A chunk of odd length should be followed by a pad byte but is not
/// always: a known name shows where the next chunk begins.
const KNOWN: [&[u8; 4]; 18] = [
    b"data", b"fmt ", b"fact", b"LIST", b"JUNK", b"junk", b"FLLR", b"PAD ", b"bext", b"iXML",
    b"cue ", b"id3 ", b"ID3 ", b"ds64", b"PEAK", b"smpl", b"COMM", b"SSND",
];

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) enum Family {
    /// RIFF, or RIFX in big-endian order.
    Riff(Order),
    /// RF64 or BW64: RIFF with 64-bit lengths in a chunk of their own.
    Rf64,
    /// Sony's Wave64: names of 16 bytes and 64-bit lengths.
    Wave64,
}

/// Header of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) struct Chunk {
    pub(in crate::audio) name: [u8; 4],
    /// Offset of its contents.
    pub(in crate::audio) start: u64,
    /// Length of its contents, which may reach beyond the end of the file. `None` if it was unknown.
    pub(in crate::audio) length: Option<u64>,
}

/// Iterator over the chunks of a file.
pub(in crate::audio) struct Chunks<'a, R> {
    peek: &'a mut Peek<R>,
    family: Family,
    at: u64,
    seen: u32,
    /// Length of the `data` chunk of an RF64 file.
    long_data: Option<u64>,
}

impl Family {
    /// Recognises a file by its first bytes.
    pub(in crate::audio) fn of(head: &[u8]) -> Option<Self> {
        let wave = head.get(8..12) == Some(b"WAVE".as_slice());
        match head.get(..4)? {
            b"RIFF" if wave => Some(Self::Riff(Order::Little)),
            b"RIFX" if wave => Some(Self::Riff(Order::Big)),
            b"RF64" | b"BW64" if wave => Some(Self::Rf64),
            b"riff" if head.get(24..28) == Some(b"wave".as_slice()) => Some(Self::Wave64),
            _ => None,
        }
    }

    /// Byte order of its numbers.
    pub(in crate::audio) fn order(self) -> Order {
        match self {
            Self::Riff(order) => order,
            Self::Rf64 | Self::Wave64 => Order::Little,
        }
    }

    fn header_length(self) -> u64 {
        if self == Self::Wave64 { 24 } else { 8 }
    }
}

impl<'a, R: Read + Seek> Chunks<'a, R> {
    pub(in crate::audio) fn new(peek: &'a mut Peek<R>, family: Family) -> Self {
        // Behind the outer chunk's header and the word WAVE.
        let at = if family == Family::Wave64 { 40 } else { 12 };
        Self { peek, family, at, seen: 0, long_data: None }
    }

    pub(in crate::audio) fn peek(&mut self) -> &mut Peek<R> {
        self.peek
    }

    /// Reads the next header, or returns `None` at the end of the file.
    pub(in crate::audio) fn next(&mut self) -> io::Result<Option<Chunk>> {
        self.seen += 1;
        if self.seen > MAX_CHUNKS {
            return Ok(None);
        }
        let Some(chunk) = self.read_header(self.at)? else { return Ok(None) };
        if chunk.name == *b"ds64" {
            let lengths = self.peek.up_to(chunk.start, 16)?;
            self.long_data = Some(Order::Little.u64(&lengths, 8)).filter(|&length| length > 0);
        }
        self.at = match chunk.length {
            Some(length) => self.next_after(chunk.start.saturating_add(length))?,
            None => u64::MAX,
        };
        Ok(Some(chunk))
    }

    /// Continues at another offset.
    pub(in crate::audio) fn go_to(&mut self, at: u64) {
        self.at = at;
    }

    /// True if the file from `at` to its end is a sequence of chunks.
    pub(in crate::audio) fn are_chunks(&mut self, mut at: u64) -> io::Result<bool> {
        let end = self.peek.length();
        for _ in 0..MAX_CHUNKS {
            // A pad byte may follow the last.
            if at == end || at == end + 1 {
                return Ok(true);
            }
            match self.read_header(at)? {
                Some(Chunk { name, start, length: Some(length) }) if is_name(name) => {
                    at = start.saturating_add(length).saturating_add(length % 2);
                }
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    fn read_header(&mut self, at: u64) -> io::Result<Option<Chunk>> {
        let (order, header_length) = (self.family.order(), self.family.header_length());
        let start = at.saturating_add(header_length);
        let Some(header) = self.peek.array::<24>(at)?.map(Vec::from).or({
            let header = self.peek.up_to(at, 8)?;
            (header.len() == 8 && header_length == 8).then_some(header)
        }) else {
            return Ok(None);
        };
        let name = [header[0], header[1], header[2], header[3]];
        let length = match self.family {
            Family::Wave64 => {
                let whole = order.u64(&header, 16);
                (whole != u64::MAX).then(|| whole.saturating_sub(header_length))
            }
            family => match order.u32(&header, 4) {
                UNKNOWN if family == Family::Rf64 && name == *b"data" => self.long_data,
                UNKNOWN => None,
                length => Some(u64::from(length)),
            },
        };
        Ok(Some(Chunk { name, start, length }))
    }

    /// Offset of the chunk that follows one that ends at `end`.
    fn next_after(&mut self, end: u64) -> io::Result<u64> {
        if self.family == Family::Wave64 {
            return Ok(end.checked_next_multiple_of(8).unwrap_or(u64::MAX));
        }
        if end.is_multiple_of(2) {
            return Ok(end);
        }
        let mut name_at = |at| self.peek.array::<4>(at);
        let (unpadded, padded) = (name_at(end)?, name_at(end.saturating_add(1))?);
        let is_known = |name: Option<[u8; 4]>| name.is_some_and(|name| KNOWN.contains(&&name));
        let lacks_pad = !is_known(padded)
            && (is_known(unpadded)
                || unpadded.is_some_and(is_name) && !padded.is_some_and(is_name));
        Ok(if lacks_pad { end } else { end.saturating_add(1) })
    }
}

/// True if these bytes can be the name of a chunk.
fn is_name(name: [u8; 4]) -> bool {
    name.iter().all(|byte| (0x20..0x7F).contains(byte))
}
