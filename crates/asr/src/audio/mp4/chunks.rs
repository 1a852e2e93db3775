//! Where the chunks of a track are, for sound in blocks of constant length.

use std::io::{self, Read, Seek};
use std::ops::Range;

use super::super::peek::{Order, Peek};
use super::super::raw::Layout;
use super::super::wav::Blocks;
use super::boxes::{Mp4Box, find};
use super::fragments::{Fragmented, read_fragments};

/// Longest table that is read, in bytes. A day in chunks of 1,024 samples has 11 MB of them.
const MAX_TABLE_BYTES: u64 = 16 << 20;

/// Bytes of a table before its entries: version, flags and count.
const HEAD_BYTES: u64 = 8;

/// Reads where the blocks are. `None` without any.
pub(super) fn read_layout<R: Read + Seek>(
    peek: &mut Peek<R>,
    table: Range<u64>,
    blocks: Blocks,
    fragmented: Option<Fragmented>,
) -> io::Result<Option<Layout>> {
    let mut whole = read_chunks(peek, table, &blocks)?;
    if let Some(fragmented) = fragmented {
        whole.extend(read_fragments(peek, fragmented)?);
    }
    let end = peek.length();
    let (mut parts, mut promised) = (Vec::<Range<u64>>::new(), 0_u64);
    for part in whole {
        promised = promised.saturating_add(part.end - part.start);
        let part = part.start.min(end)..part.end.min(end);
        match parts.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => parts.push(part),
        }
    }
    Ok((promised > 0).then_some(Layout { container: "MP4", blocks, parts, promised }))
}

/// Reads the chunks of the track's own table.
fn read_chunks<R: Read + Seek>(
    peek: &mut Peek<R>,
    table: Range<u64>,
    blocks: &Blocks,
) -> io::Result<Vec<Range<u64>>> {
    let offsets = read_offsets(peek, table.clone())?;
    let Some(counts) = find(peek, table.clone(), &[b"stsc"])? else { return Ok(Vec::new()) };
    let counts = read_table(peek, &counts)?;
    // Samples are blocks where the table says that they are as long, and single samples otherwise.
    let sizes = match find(peek, table, &[b"stsz"])? {
        Some(sizes) => peek.up_to(sizes.contents.start + 4, 12)?,
        None => Vec::new(),
    };
    let size = match Order::Big.u32(&sizes, 0) {
        0 => Order::Big.u32(&sizes, 8),
        size => size,
    };
    let frames_each = if size == blocks.bytes { 1 } else { u64::from(blocks.frames.max(1)) };

    let mut entries = counts.chunks_exact(12).peekable();
    let (mut chunks, mut samples) = (Vec::new(), 0);
    for (number, start) in (1..).zip(offsets) {
        while let Some(entry) = entries.next_if(|entry| Order::Big.u32(entry, 0) <= number) {
            samples = u64::from(Order::Big.u32(entry, 4));
        }
        let length = samples / frames_each * u64::from(blocks.bytes);
        chunks.push(start..start.saturating_add(length));
    }
    Ok(chunks)
}

/// Reads the offsets of the chunks.
fn read_offsets<R: Read + Seek>(peek: &mut Peek<R>, table: Range<u64>) -> io::Result<Vec<u64>> {
    if let Some(offsets) = find(peek, table.clone(), &[b"stco"])? {
        let bytes = read_table(peek, &offsets)?;
        return Ok(bytes.chunks_exact(4).map(|it| Order::Big.u32(it, 0).into()).collect());
    }
    let Some(offsets) = find(peek, table, &[b"co64"])? else { return Ok(Vec::new()) };
    let bytes = read_table(peek, &offsets)?;
    Ok(bytes.chunks_exact(8).map(|it| Order::Big.u64(it, 0)).collect())
}

/// Reads the entries of a table.
fn read_table<R: Read + Seek>(peek: &mut Peek<R>, table: &Mp4Box) -> io::Result<Vec<u8>> {
    let start = table.contents.start + HEAD_BYTES;
    let length = table.contents.end.saturating_sub(start).min(MAX_TABLE_BYTES);
    peek.up_to(start, usize::try_from(length).unwrap_or_default())
}
