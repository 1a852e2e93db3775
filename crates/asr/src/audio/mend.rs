//! Mends length fields that do not fit the file, before a demuxer refuses the whole for them.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// More parts than this before the sound are no header worth mending.
const MAX_PARTS: usize = 64;

/// The length field of a chunk whose length was not known when its header was written.
const UNKNOWN_LENGTH: u32 = u32::MAX;

/// Replacement of four bytes of the file.
pub(super) struct Patch {
    pub(super) at: u64,
    pub(super) bytes: [u8; 4],
}

/// Finds the patches for a file that starts with `head` and is `length` bytes long.
pub(super) fn mended_header(file: &mut File, head: &[u8], length: u64) -> io::Result<Vec<Patch>> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE".as_slice()) {
        mended_wav(file, head, length)
    } else if head.get(4..8) == Some(b"ftyp".as_slice()) {
        mended_mp4(file, length)
    } else {
        Ok(Vec::new())
    }
}

/// Patches of a WAV header.
///
/// A recorder writes them when it stops. One that lost power leaves 0, one that streams leaves
/// `0xFFFFFFFF`, and a cut-off upload has less than they promise; in each case the samples that
/// are there are good.
fn mended_wav(file: &mut File, head: &[u8], length: u64) -> io::Result<Vec<Patch>> {
    let riff_length = u32_at(head, 4);
    let is_complete = u64::from(riff_length) + 8 == length;
    // The outer length bounds nothing that is not bounded by the file.
    let mut patches = vec![Patch { at: 4, bytes: UNKNOWN_LENGTH.to_le_bytes() }];
    let mut at = 12;
    for _ in 0..MAX_PARTS {
        let Some(header) = read_at::<8>(file, at)? else { return Ok(Vec::new()) };
        let chunk_length = u32_at(&header, 4);
        at += 8;
        if header.starts_with(b"data") {
            let there = length.saturating_sub(at);
            let is_unfinished =
                chunk_length == UNKNOWN_LENGTH || (chunk_length == 0 && !is_complete);
            // Samples that were promised and are all absent stay promised: that is damage.
            if is_unfinished || (there > 0 && u64::from(chunk_length) > there) {
                let there = u32::try_from(there).unwrap_or(UNKNOWN_LENGTH);
                patches.push(Patch { at: at - 4, bytes: there.to_le_bytes() });
            }
            return Ok(patches);
        }
        at += u64::from(chunk_length) + u64::from(chunk_length % 2);
    }
    Ok(Vec::new())
}

/// Patch of an MP4 file: the box with the sound, where it reaches beyond the end of a cut-off file.
fn mended_mp4(file: &mut File, length: u64) -> io::Result<Vec<Patch>> {
    let mut at = 0;
    for _ in 0..MAX_PARTS {
        let Some(header) = read_at::<8>(file, at)? else { break };
        let size = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        // 0 reaches to the end; 1 has a longer size behind, which only files of 4 GB need.
        if size < 8 {
            break;
        }
        let there = length.saturating_sub(at);
        if size > there {
            let there = u32::try_from(there).ok().filter(|_| header.ends_with(b"mdat"));
            return Ok(there
                .map(|there| Patch { at, bytes: there.to_be_bytes() })
                .into_iter()
                .collect());
        }
        at += size;
    }
    Ok(Vec::new())
}

/// Reads the bytes at `at`, or returns `None` where the file ends before.
fn read_at<const N: usize>(file: &mut File, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}
