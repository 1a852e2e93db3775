//! Lists the boxes of an MP4 file.

use std::io::{self, Read, Seek};
use std::ops::Range;

use super::super::peek::{Order, Peek};

/// Largest number of boxes in a list. Only the fragments of a long recording are more.
const MAX_BOXES: u32 = 4096;

/// Header of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mp4Box {
    pub(super) name: [u8; 4],
    /// Offset of its header.
    pub(super) at: u64,
    /// Range of its contents, which may reach beyond the end of the file.
    pub(super) contents: Range<u64>,
    /// True if its header states no length: it reaches to the end of the file.
    pub(super) is_open: bool,
}

impl Mp4Box {
    /// Bytes of a header, unless the length has 64 bits.
    pub(super) const HEADER_BYTES: u64 = 8;
}

/// Lists the boxes in a range of the file, up to the first that is damaged.
pub(super) fn list_boxes<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
) -> io::Result<Vec<Mp4Box>> {
    let (mut boxes, mut at) = (Vec::new(), within.start);
    for _ in 0..MAX_BOXES {
        let Some(it) = read_box(peek, at..within.end)? else { break };
        at = it.contents.end;
        boxes.push(it);
    }
    Ok(boxes)
}

/// Reads the box at the start of a range. `None` at its end, and if the box is damaged.
pub(super) fn read_box<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
) -> io::Result<Option<Mp4Box>> {
    let at = within.start;
    if at >= within.end {
        return Ok(None);
    }
    let header = peek.up_to(at, 16)?;
    if header.len() < 8 {
        return Ok(None);
    }
    let name = [header[4], header[5], header[6], header[7]];
    let (header_length, length, is_open) = match Order::Big.u32(&header, 0) {
        0 => (8, within.end - at, true),
        1 => (16, Order::Big.u64(&header, 8), false),
        length => (8, u64::from(length), false),
    };
    if length < header_length {
        return Ok(None);
    }
    let end = at.saturating_add(length);
    Ok(Some(Mp4Box { name, at, contents: at + header_length..end, is_open }))
}

/// Finds a box by its path.
pub(super) fn find<R: Read + Seek>(
    peek: &mut Peek<R>,
    within: Range<u64>,
    path: &[&[u8; 4]],
) -> io::Result<Option<Mp4Box>> {
    let Some((first, rest)) = path.split_first() else { return Ok(None) };
    let found = list_boxes(peek, within)?.into_iter().find(|it| it.name == **first);
    match found {
        Some(found) if !rest.is_empty() => find(peek, found.contents, rest),
        found => Ok(found),
    }
}
