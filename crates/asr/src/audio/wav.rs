//! Reads the header of WAV files as recorders, editors and streams write them.
//!
//! A recorder writes the lengths when it stops. One that lost power leaves 0, one that streams leaves
//! `0xFFFFFFFF`, and a cut-off upload is shorter than they state. In each case the samples that are there
//! are good.

mod chunks;
mod format;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek};
use std::ops::Range;

pub(super) use self::chunks::{Chunks, Family};
pub(super) use self::format::{Blocks, read_format};

use self::format::{Format, MAX_BYTES, Refusal, parse_format};
use super::fault::Fault;
use super::peek::Peek;

/// Largest number of `data` chunks. Recorders that append write several.
const MAX_PARTS: usize = 4096;

/// Bytes that are searched for a `data` chunk if the chunks before it are damaged.
const SEARCHED_BYTES: usize = 1 << 20;

/// Sound of a WAV file.
#[derive(Debug, PartialEq)]
pub(super) enum Wav {
    /// Samples in blocks, in these ranges of the file. `promised` is the number of bytes according to the
    /// header.
    Blocks { blocks: Blocks, parts: Vec<Range<u64>>, promised: u64 },
    /// MPEG audio or AAC, in this range of the file.
    Mpeg(Range<u64>),
}

/// Reads the header of a WAV file.
pub(super) fn read_wav<R: Read + Seek>(peek: &mut Peek<R>, family: Family) -> Result<Wav, Fault> {
    let broken = |reason: &str| Fault::Broken { container: "WAV", reason: reason.to_owned() };
    let end = peek.length();
    let outer = peek.up_to(0, 24).map_err(Fault::Unreadable)?;
    let mut chunks = Chunks::new(peek, family);
    let (mut found, mut parts, mut promised) = (None, Vec::<Range<u64>>::new(), 0_u64);
    let mut was_searched = false;
    while parts.len() < MAX_PARTS {
        let Some(chunk) = chunks.next().map_err(Fault::Unreadable)? else {
            // The length of a chunk may be wrong.
            if !parts.is_empty() || found.is_none() || was_searched {
                break;
            }
            was_searched = true;
            match search(chunks.peek()).map_err(Fault::Unreadable)? {
                Some(at) => chunks.go_to(at),
                None => break,
            }
            continue;
        };
        match &chunk.name {
            b"fmt " if found.is_none() => {
                let length = chunk.length.unwrap_or(0).min(MAX_BYTES as u64);
                let length = usize::try_from(length).unwrap_or(MAX_BYTES);
                let bytes = chunks.peek().up_to(chunk.start, length).map_err(Fault::Unreadable)?;
                found = Some(parse_format(&bytes, family.order()).map_err(
                    |refusal| match refusal {
                        Refusal::Broken(reason) => broken(reason),
                        Refusal::Foreign(what) => {
                            Fault::Unsupported { container: "WAV", reason: format!("it is {what}") }
                        }
                    },
                )?);
            }
            b"data" => {
                let is_first = parts.is_empty();
                let there = end.saturating_sub(chunk.start);
                let length = match chunk.length {
                    Some(0) if is_first => {
                        let is_empty = (is_complete(family, &outer, end) || there == 0)
                            && chunks.are_chunks(chunk.start).map_err(Fault::Unreadable)?;
                        if is_empty { Some(0) } else { None }
                    }
                    length => length,
                };
                promised = promised.saturating_add(length.unwrap_or(there));
                let length = length.unwrap_or(there).min(there);
                parts.push(chunk.start..chunk.start + length);
                if length == there {
                    break;
                }
            }
            _ => {}
        }
    }
    let Some(first) = parts.first() else { return Err(broken("it has no data chunk")) };
    match found {
        None => Err(broken("it has no format chunk")),
        Some(Format::Mpeg) => Ok(Wav::Mpeg(first.clone())),
        Some(Format::Blocks(blocks)) => Ok(Wav::Blocks { blocks, parts, promised }),
    }
}

/// True if the outer chunk is as long as the file. A recorder that did not write the length of the data
/// seldom wrote this one.
fn is_complete(family: Family, outer: &[u8], end: u64) -> bool {
    match family {
        Family::Wave64 => family.order().u64(outer, 16) == end,
        _ => u64::from(family.order().u32(outer, 4)) + 8 == end,
    }
}

/// Searches for a `data` chunk outside the sequence of chunks and returns its offset.
fn search<R: Read + Seek>(peek: &mut Peek<R>) -> std::io::Result<Option<u64>> {
    let bytes = peek.up_to(0, SEARCHED_BYTES)?;
    let at = bytes.windows(4).position(|name| name == b"data");
    Ok(at.map(|at| at as u64))
}
