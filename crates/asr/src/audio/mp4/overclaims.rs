//! Runs that claim more samples than the file has bytes. The demuxer counts them one by one, up to four
//! thousand million for 16 bytes of the file, so they are hidden from it.

use std::io::{self, Read, Seek};
use std::ops::Range;

use super::super::peek::{Order, Peek};
use super::super::source::Patch;
use super::boxes::read_box;
use super::fragments::{MAX_BOXES, SAMPLE_FIELDS};
use super::within;

/// Number of samples that any file may claim: a recording may be cut off right after the header of a
/// fragment. The demuxer counts that many within a millisecond.
const MIN_SAMPLES: u64 = 1 << 16;

/// Largest number of runs that are hidden. A file with more of them ends there.
const MAX_HIDDEN: usize = 1024;

/// Bytes that are searched at once.
const BLOCK_BYTES: usize = 1 << 16;

/// Length of the longest header of a run, up to and with its number of samples.
const RUN_BYTES: usize = 24;

/// Returns patches that hide such runs.
///
/// A sample has at least a byte, so all runs together have no more samples than the file has bytes. A run
/// that lists its samples ends with the list, and is left alone.
pub(super) fn hide_overclaims<R: Read + Seek>(peek: &mut Peek<R>) -> io::Result<Vec<Patch>> {
    let (mut at, end) = (0, peek.length());
    let mut search = Search { left: end.max(MIN_SAMPLES), hidden: Vec::new() };
    for _ in 0..MAX_BOXES {
        let Some(it) = read_box(peek, at..end)?.filter(|it| !it.is_open) else { break };
        if it.name == *b"moof" {
            search.hide_runs(peek, within(&it, end))?;
        }
        if search.is_full() {
            break;
        }
        at = it.contents.end;
    }
    // After a box whose length makes no sense, the demuxer may continue anywhere.
    search.hide_runs(peek, at..end)?;
    if search.is_full() {
        search.hidden.push(hide_from(at));
    }
    Ok(search.hidden)
}

struct Search {
    /// Number of samples that the rest of the file may claim.
    left: u64,
    hidden: Vec<Patch>,
}

impl Search {
    fn is_full(&self) -> bool {
        self.hidden.len() >= MAX_HIDDEN
    }

    /// Hides the runs in a range of the file, wherever they are in it.
    fn hide_runs<R: Read + Seek>(
        &mut self,
        peek: &mut Peek<R>,
        range: Range<u64>,
    ) -> io::Result<()> {
        let end = range.end;
        for at in range.step_by(BLOCK_BYTES) {
            let block = peek.up_to(at, BLOCK_BYTES + RUN_BYTES)?;
            let starts = (at..end).zip(0..block.len().min(BLOCK_BYTES));
            for (at, index) in starts {
                let header = &block[index..];
                if header.get(4..8) != Some(b"trun") {
                    continue;
                }
                if self.is_full() {
                    return Ok(());
                }
                self.check(at, header);
            }
        }
        Ok(())
    }

    /// Hides the run whose header is at `at` if it claims too much.
    fn check(&mut self, at: u64, header: &[u8]) {
        let is_long = Order::Big.u32(header, 0) == 1;
        let body = if is_long { 16 } else { 8 };
        let [flags, count] = [body, body + 4].map(|at| Order::Big.u32(header, at));
        if SAMPLE_FIELDS.iter().any(|field| flags & field != 0) {
            return;
        }
        match self.left.checked_sub(count.into()) {
            Some(left) => self.left = left,
            None => self.hidden.push(Patch { at: at + 4, bytes: b"free".to_vec() }),
        }
    }
}

/// Patch that makes everything from `at` on a single free box.
fn hide_from(at: u64) -> Patch {
    Patch { at, bytes: [b"\0\0\0\x01free".as_slice(), &i64::MAX.to_be_bytes()].concat() }
}
