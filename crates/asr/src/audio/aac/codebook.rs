//! Reads code words of AAC, of which it is enough here to know how long they are.

use std::sync::LazyLock;

use super::bits::Bits;
use super::codewords::{SCALE_FACTORS, SPECTRUM};

/// Largest value of a codebook's numbers, and whether their signs are in the code word (table 4.151).
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

/// Value of the last codebook behind which a larger one is written out.
const ESCAPE: usize = 16;

/// All codebooks.
pub(super) static CODEBOOKS: LazyLock<Codebooks> = LazyLock::new(|| Codebooks {
    spectrum: SPECTRUM.map(Tree::new),
    scale_factors: Tree::new(&SCALE_FACTORS),
});

/// Codebooks in a form that is read bit by bit.
pub(super) struct Codebooks {
    spectrum: [Tree; 11],
    scale_factors: Tree,
}

/// A binary tree of code words.
struct Tree {
    /// Where each bit leads from each node: to another one, or, above the number of nodes, to what a word
    /// stands for.
    nodes: Vec<[Option<Next>; 2]>,
}

#[derive(Clone, Copy)]
enum Next {
    Node(usize),
    Word(usize),
}

impl Codebooks {
    /// Passes a difference of scale factors.
    pub(super) fn pass_scale_factor(&self, bits: &mut Bits<'_>) -> Option<()> {
        self.scale_factors.word(bits).map(|_| ())
    }

    /// Passes so many lines of a spectrum that are written with codebook `number`, 1 to 11.
    pub(super) fn pass_lines(&self, bits: &mut Bits<'_>, number: u32, lines: u32) -> Option<()> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let (tree, &(largest, is_signed)) = (self.spectrum.get(index)?, FORMS.get(index)?);
        // The first four hold four numbers in a word, the others two.
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
                pass_escape(bits)?;
            }
        }
        Some(())
    }
}

/// Passes a large number: as many bits as the ones before it, and four.
fn pass_escape(bits: &mut Bits<'_>) -> Option<()> {
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
            // Behind the first bit that is set.
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

    /// Reads a code word, and tells what it stands for.
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
    fn every_row_of_bits_is_a_code_word() {
        let trees = CODEBOOKS.spectrum.iter().chain([&CODEBOOKS.scale_factors]);
        for tree in trees {
            assert!(tree.nodes.iter().flatten().all(Option::is_some));
        }
    }

    #[test]
    fn lines_are_passed_with_their_signs_and_large_numbers() {
        let passed = |number, lines, bytes: &[u8]| {
            let mut bits = Bits::new(bytes);
            CODEBOOKS.pass_lines(&mut bits, number, lines).map(|()| bits.position())
        };
        // Four zeros are one bit in the first book, and so are those of the third.
        assert_eq!(passed(1, 8, &[0b0000_0000]), Some(2));
        assert_eq!(passed(3, 4, &[0]), Some(1));
        // Of the last book the word for 16 and 16, two signs, and twice a bit that is not set with four.
        let word = SPECTRUM[10][16 * 17 + 16];
        let length = word.ilog2();
        let bytes = (word << (32 - length)).to_be_bytes();
        assert_eq!(passed(11, 2, &bytes), Some(length as usize + 2 + 2 * 5));
        assert_eq!(passed(11, 2, &bytes[..1]), None);
    }
}
