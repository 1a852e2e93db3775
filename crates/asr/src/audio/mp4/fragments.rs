//! Fragments of a track: sound that was written piece by piece, each with a table of its own.
//! Names are those of ISO/IEC 14496-12, section 8.8.

use std::io::{self, Read, Seek};
use std::ops::Range;

use super::super::peek::{Order, Peek};
use super::boxes::{Mp4Box, list_boxes, read_box};
use super::within;

/// Largest number of boxes beside each other: a day in fragments of a fifth of a second.
pub(super) const MAX_BOXES: u32 = 1_000_000;

/// Flags of `tfhd`.
const BASE_OFFSET: u32 = 0x1;
const DESCRIPTION: u32 = 0x2;
const DURATION: u32 = 0x8;
const SIZE: u32 = 0x10;

/// Flags of `trun`: fields of the run, and of each sample of it.
const DATA_OFFSET: u32 = 0x1;
const FIRST_FLAGS: u32 = 0x4;
const SAMPLE_DURATION: u32 = 0x100;
const SAMPLE_SIZE: u32 = 0x200;
const SAMPLE_FLAGS: u32 = 0x400;
const SAMPLE_TIME: u32 = 0x800;

/// Fields of each sample, in the order of the file. A run without any has no list of samples.
pub(super) const SAMPLE_FIELDS: [u32; 4] =
    [SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS, SAMPLE_TIME];

/// Track that may have fragments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragmented {
    pub(super) track: u32,
    /// Bytes of a sample, unless a fragment states others.
    pub(super) sample_bytes: u32,
}

/// Reads where the samples of all fragments are.
pub(super) fn read_fragments<R: Read + Seek>(
    peek: &mut Peek<R>,
    of: Fragmented,
) -> io::Result<Vec<Range<u64>>> {
    let (mut parts, mut at, end) = (Vec::new(), 0, peek.length());
    for _ in 0..MAX_BOXES {
        let Some(it) = read_box(peek, at..end)? else { break };
        at = it.contents.end;
        if it.name == *b"moof" {
            read_fragment(peek, &it, of, &mut parts)?;
        }
    }
    Ok(parts)
}

fn read_fragment<R: Read + Seek>(
    peek: &mut Peek<R>,
    fragment: &Mp4Box,
    of: Fragmented,
    parts: &mut Vec<Range<u64>>,
) -> io::Result<()> {
    let length = peek.length();
    // Sound without an offset follows that of the track before.
    let mut next = fragment.at;
    for track in list_boxes(peek, within(fragment, length))? {
        let (mut base, mut sample_bytes, mut is_asked) = (next, of.sample_bytes, false);
        for it in list_boxes(peek, within(&track, length))? {
            match &it.name {
                b"tfhd" => {
                    let header = peek.up_to(it.contents.start, 32)?;
                    let flags = Order::Big.u32(&header, 0);
                    is_asked = Order::Big.u32(&header, 4) == of.track;
                    let mut fields = Fields { bytes: &header, at: 8 };
                    base = match fields.long(flags & BASE_OFFSET) {
                        Some(base) => base,
                        // Fragments of today count from their own start, which older ones do for the first track.
                        None if flags & 0x2_0000 != 0 => fragment.at,
                        None => next,
                    };
                    fields.number(flags & DESCRIPTION);
                    fields.number(flags & DURATION);
                    sample_bytes = fields.number(flags & SIZE).unwrap_or(of.sample_bytes);
                    next = base;
                }
                b"trun" => {
                    let run = read_run(peek, &it, base, next, sample_bytes)?;
                    next = run.end;
                    if is_asked && !run.is_empty() {
                        parts.push(run);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Reads where a run of samples is. Without an offset it begins at `next`.
fn read_run<R: Read + Seek>(
    peek: &mut Peek<R>,
    run: &Mp4Box,
    base: u64,
    next: u64,
    sample_bytes: u32,
) -> io::Result<Range<u64>> {
    let header = peek.up_to(run.contents.start, 16)?;
    let flags = Order::Big.u32(&header, 0);
    let count = u64::from(Order::Big.u32(&header, 4));
    let mut fields = Fields { bytes: &header, at: 8 };
    let offset = fields.number(flags & DATA_OFFSET);
    let start = offset.map_or(next, |it| base.saturating_add_signed(it.cast_signed().into()));
    fields.number(flags & FIRST_FLAGS);
    let fields = fields.at as u64;
    let mut bytes = count.saturating_mul(sample_bytes.into());
    if flags & SAMPLE_SIZE != 0 {
        let entry = 4 * SAMPLE_FIELDS.iter().filter(|&it| flags & it != 0).count();
        let before = if flags & SAMPLE_DURATION != 0 { 4 } else { 0 };
        let table = run.contents.start.saturating_add(fields);
        let there = within(run, peek.length()).end.saturating_sub(table);
        let wanted = count.saturating_mul(entry as u64).min(there);
        let table = peek.up_to(table, usize::try_from(wanted).unwrap_or_default())?;
        let sizes = table.chunks_exact(entry).map(|it| u64::from(Order::Big.u32(it, before)));
        bytes = sizes.sum();
    }
    Ok(start..start.saturating_add(bytes))
}

/// Optional numbers, one after the other.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn number(&mut self, is_there: u32) -> Option<u32> {
        let number = (is_there != 0).then(|| Order::Big.u32(self.bytes, self.at))?;
        self.at += 4;
        Some(number)
    }

    fn long(&mut self, is_there: u32) -> Option<u64> {
        let number = (is_there != 0).then(|| Order::Big.u64(self.bytes, self.at))?;
        self.at += 8;
        Some(number)
    }
}
