//! Reads and writes bit fields, most significant bit first.

use std::ops::Range;

/// Reader of bit fields.
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

    /// Skips bits, or returns `None` where the bytes end before.
    pub(super) fn skip(&mut self, bits: usize) -> Option<()> {
        self.at = self.at.checked_add(bits).filter(|&at| at <= 8 * self.bytes.len())?;
        Some(())
    }

    /// Skips the rest of the current byte.
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

/// Copies a range of bits to a new buffer and appends a number of `width` bits.
pub(super) fn copy_bits(bytes: &[u8], bits: Range<usize>, number: u32, width: usize) -> Vec<u8> {
    let byte = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
    let (first, shift, count) = (bits.start / 8, bits.start % 8, bits.len());
    let two = |at: usize| (byte(at) << 8 | byte(at + 1)) >> (8 - shift) & 0xFF;
    let mut copy: Vec<u8> =
        (first..first + count.div_ceil(8)).filter_map(|at| u8::try_from(two(at)).ok()).collect();
    // Bits after the range are cleared.
    if let Some(last) = copy.last_mut().filter(|_| count % 8 > 0) {
        *last &= 0xFF << (8 - count % 8);
    }
    append(&mut copy, count, number, width);
    copy
}

/// Writes numbers of the given widths. The last byte is padded with zeros.
pub(super) fn write_bits(numbers: &[(u32, usize)]) -> Box<[u8]> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    for &(number, width) in numbers {
        append(&mut bytes, at, number, width);
        at += width;
    }
    bytes.into()
}

/// Appends a number of `width` bits after the first `at` bits.
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
