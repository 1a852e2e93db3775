//! Skips the Huffman code words of AAC.

use std::sync::LazyLock;

use super::bits::Bits;
use super::codewords::{SCALE_FACTORS, SPECTRUM};

/// Largest value of each spectral codebook, and true if its code words include the signs (table 4.151).
const FORMS: [(usize, bool); 11] = [
    (1, true),
    (1, true),
    (2, false),
    (2, false),
    (4, true),
    (4, true),
    (7, false),
    (7, false),
    (12, false),
    (12, false),
    (16, false),
];

/// Value of codebook 11 that is followed by an escape sequence.
const ESCAPE: usize = 16;

/// All codebooks.
pub(super) static CODEBOOKS: LazyLock<Codebooks> = LazyLock::new(|| Codebooks {
    spectrum: SPECTRUM.map(Tree::new),
    scale_factors: Tree::new(&SCALE_FACTORS),
});

/// All codebooks as binary trees.
pub(super) struct Codebooks {
    spectrum: [Tree; 11],
    scale_factors: Tree,
}

/// Binary tree of a codebook.
struct Tree {
    /// Successors of each node for a bit of 0 and of 1.
    nodes: Vec<[Option<Next>; 2]>,
}

#[derive(Clone, Copy)]
enum Next {
    Node(usize),
    Word(usize),
}

impl Codebooks {
    /// Skips a scale factor.
    pub(super) fn skip_scale_factor(&self, bits: &mut Bits<'_>) -> Option<()> {
        self.scale_factors.word(bits).map(|_| ())
    }

    /// Skips `lines` spectral lines that are coded with codebook `number`, 1 to 11.
    pub(super) fn skip_lines(&self, bits: &mut Bits<'_>, number: u32, lines: u32) -> Option<()> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let (tree, &(largest, is_signed)) = (self.spectrum.get(index)?, FORMS.get(index)?);
        // The first four books code four lines in a word, the others two.
        let numbers = if number <= 4 { 4 } else { 2 };
        for _ in 0..lines / numbers {
            let mut word = tree.word(bits)?;
            if is_signed {
                continue;
            }
            let (mut nonzero, mut escapes) = (0, 0);
            for _ in 0..numbers {
                let value = word % (largest + 1);
                nonzero += usize::from(value > 0);
                escapes += usize::from(number == 11 && value == ESCAPE);
                word /= largest + 1;
            }
            bits.number(nonzero)?;
            for _ in 0..escapes {
                skip_escape(bits)?;
            }
        }
        Some(())
    }
}

/// Skips an escape sequence: N ones, a zero, and N + 4 bits.
fn skip_escape(bits: &mut Bits<'_>) -> Option<()> {
    let mut length = 4;
    while bits.number(1)? == 1 {
        length += 1;
    }
    // No decoder takes a larger one.
    (length <= 12).then(|| bits.number(length))?.map(|_| ())
}

impl Tree {
    fn new(words: &[u32]) -> Self {
        let mut nodes = vec![[None; 2]];
        for (value, &word) in words.iter().enumerate() {
            // The bits after the leading one.
            let length = word.ilog2();
            let mut node = 0;
            for bit in (0..length).rev() {
                let side = (word >> bit & 1) as usize;
                if bit == 0 {
                    nodes[node][side] = Some(Next::Word(value));
                } else if let Some(Next::Node(next)) = nodes[node][side] {
                    node = next;
                } else {
                    let next = nodes.len();
                    nodes[node][side] = Some(Next::Node(next));
                    nodes.push([None; 2]);
                    node = next;
                }
            }
        }
        Self { nodes }
    }

    /// Reads a code word and returns its index.
    fn word(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let mut node = 0;
        loop {
            match self.nodes.get(node)?[bits.number(1)? as usize]? {
                Next::Node(next) => node = next,
                Next::Word(value) => return Some(value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_sequence_is_a_code_word() {
        let trees = CODEBOOKS.spectrum.iter().chain([&CODEBOOKS.scale_factors]);
        for tree in trees {
            assert!(tree.nodes.iter().flatten().all(Option::is_some));
        }
    }

    #[test]
    fn lines_are_skipped_with_their_signs_and_escapes() {
        let skipped = |number, lines, bytes: &[u8]| {
            let mut bits = Bits::new(bytes);
            CODEBOOKS.skip_lines(&mut bits, number, lines).map(|()| bits.position())
        };
        // Four zeros are one bit in books 1 and 3.
        assert_eq!(skipped(1, 8, &[0b0000_0000]), Some(2));
        assert_eq!(skipped(3, 4, &[0]), Some(1));
        // The word for 16 and 16 in book 11, two signs, and two escapes of five bits.
        let word = SPECTRUM[10][16 * 17 + 16];
        let length = word.ilog2();
        let bytes = (word << (32 - length)).to_be_bytes();
        assert_eq!(skipped(11, 2, &bytes), Some(length as usize + 2 + 2 * 5));
        assert_eq!(skipped(11, 2, &bytes[..1]), None);
    }
}
