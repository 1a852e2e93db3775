//! Reads and writes numbers of any number of bits, the upper bits first.

use std::ops::Range;

/// A reader of bits.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Number of bits that were read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Passes bits, or returns `None` where the bytes end before.
    pub(super) fn pass(&mut self, bits: usize) -> Option<()> {
        self.at = self.at.checked_add(bits).filter(|&at| at <= 8 * self.bytes.len())?;
        Some(())
    }

    /// Passes the rest of a byte that was begun.
    pub(super) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    /// Reads a number of up to 32 bits, or returns `None` where the bytes end before.
    pub(super) fn number(&mut self, bits: usize) -> Option<u32> {
        let mut number = 0;
        for _ in 0..bits {
            let byte = self.bytes.get(self.at / 8)?;
            number = number << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(number)
    }
}

/// Copies bits to the start of bytes of their own and writes a number behind them.
pub(super) fn copied(bytes: &[u8], bits: Range<usize>, number: u32, width: usize) -> Vec<u8> {
    let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
    let (first, shift, count) = (bits.start / 8, bits.start % 8, bits.len());
    let two = |at: usize| (byte(at) << 8 | byte(at + 1)) >> (8 - shift) & 0xFF;
    let mut copy: Vec<u8> =
        (first..first + count.div_ceil(8)).filter_map(|at| u8::try_from(two(at)).ok()).collect();
    // Nothing of what follows stays in the last byte.
    if let Some(last) = copy.last_mut().filter(|_| count % 8 > 0) {
        *last &= 0xFF << (8 - count % 8);
    }
    append(&mut copy, count, number, width);
    copy
}

/// Writes numbers, each of so many bits. The last byte is filled up with zeros.
pub(super) fn written(numbers: &[(u32, usize)]) -> Box<[u8]> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    for &(number, width) in numbers {
        append(&mut bytes, at, number, width);
        at += width;
    }
    bytes.into()
}

/// Writes a number behind so many bits.
fn append(bytes: &mut Vec<u8>, mut at: usize, number: u32, width: usize) {
    for bit in (0..width).rev() {
        if at == 8 * bytes.len() {
            bytes.push(0);
        }
        if let Some(last) = bytes.last_mut() {
            *last |= u8::from(number >> bit & 1 == 1) << (7 - at % 8);
        }
        at += 1;
    }
}
