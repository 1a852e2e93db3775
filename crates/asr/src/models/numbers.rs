//! The number types of ggml whose numbers are read here.

/// Numbers in a block of a quantised type.
const BLOCK: usize = 32;

/// How a file stores its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Of all of them.
    pub(crate) bytes: u64,
    pub(crate) numbers: Numbers,
}

/// What the weights of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Floats of 16 or 32 bits.
    Floats,
    /// Integers of 8 bits or fewer, with scales.
    Quantised,
    /// Of a type that is not read here.
    Foreign,
}

impl Numbers {
    /// Those of a ggml number type.
    pub(super) fn of_type(number_type: u32) -> Self {
        match number_type {
            0 | 1 => Self::Floats,
            2 | 3 | 6 | 7 | 8 => Self::Quantised,
            _ => Self::Foreign,
        }
    }
}

/// The numbers that `bytes` hold as a ggml number type. `None` for a type that is not read here:
/// no Whisper model is published in one.
pub(super) fn numbers(number_type: u32, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match number_type {
        0 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        1 => bytes.as_chunks().0.iter().map(|bytes| half(*bytes)).collect(),
        2 => quantised::<18>(bytes, |block| nibbles(block, 2, 0, half([block[0], block[1]]), -8.0)),
        3 => quantised::<20>(bytes, |block| with_minimum(block, 4, 0)),
        6 => quantised::<22>(bytes, |block| {
            nibbles(block, 6, fifth_bits(block, 2), half([block[0], block[1]]), -16.0)
        }),
        7 => quantised::<24>(bytes, |block| with_minimum(block, 8, fifth_bits(block, 4))),
        8 => quantised::<34>(bytes, |block| {
            let scale = half([block[0], block[1]]);
            std::array::from_fn(|index| f32::from(block[2 + index].cast_signed()) * scale)
        }),
        _ => return None,
    })
}

fn quantised<const BYTES: usize>(
    bytes: &[u8],
    block: impl Fn(&[u8; BYTES]) -> [f32; BLOCK],
) -> Vec<f32> {
    bytes.as_chunks().0.iter().flat_map(block).collect()
}

/// A 16-bit float, no infinity and no NaN.
fn half(bytes: [u8; 2]) -> f32 {
    /// The exponents of the two formats are this far apart: 2 to the power of 112.
    const RAISE: f32 = f32::from_bits((127 + 112) << 23);
    let bits = u32::from(u16::from_le_bytes(bytes));
    let size = f32::from_bits((bits & 0x7fff) << 13) * RAISE;
    if bits & 0x8000 == 0 { size } else { -size }
}

/// The fifth bit of each number of a block, which are stored apart.
fn fifth_bits(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

/// Numbers of four bits from byte `at` on, with the fifth ones from `fifth`, shifted and scaled.
fn nibbles(block: &[u8], at: usize, fifth: u32, scale: f32, shift: f32) -> [f32; BLOCK] {
    std::array::from_fn(|index| {
        // The first half of the block is in the lower bits of the bytes, the second in the upper.
        let byte = block[at + index % 16];
        let low = if index < 16 { byte & 15 } else { byte >> 4 };
        let high = if fifth >> index & 1 == 1 { 16.0 } else { 0.0 };
        (f32::from(low) + high + shift) * scale
    })
}

/// The same, with the smallest number behind the scale in place of a fixed shift.
fn with_minimum(block: &[u8], at: usize, fifth: u32) -> [f32; BLOCK] {
    let (scale, minimum) = (half([block[0], block[1]]), half([block[2], block[3]]));
    nibbles(block, at, fifth, scale, 0.0).map(|number| number + minimum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.5 and -2 as 16-bit floats.
    const HALF: [u8; 2] = [0x00, 0x38];
    const MINUS_TWO: [u8; 2] = [0x00, 0xc0];

    #[test]
    fn floats_of_16_bits_are_read_down_to_the_smallest() {
        let found = numbers(1, &[0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x80]);
        let expected = [1.0, -2.0, 2.0_f32.powi(-24), 65_504.0, -0.0];
        assert_eq!(found.unwrap(), expected.to_vec());
    }

    #[test]
    fn each_quantised_type_is_read_as_it_is_written() {
        // Number 0 is made of byte 0's low bits, number 16 of its high bits: 3 and 12.
        let quants: Vec<u8> = [&[0xc3][..], &[0x00; 15]].concat();
        // Numbers 1 and 16 have a fifth bit.
        let fifth = [0x02, 0x00, 0x01, 0x00];
        let cases: [(u32, Vec<u8>, [f32; 3]); 5] = [
            (2, [&HALF[..], &quants].concat(), [-2.5, -4.0, 2.0]),
            (3, [&HALF[..], &MINUS_TWO, &quants].concat(), [-0.5, -2.0, 4.0]),
            (6, [&HALF[..], &fifth, &quants].concat(), [-6.5, 0.0, 6.0]),
            (7, [&HALF[..], &MINUS_TWO, &fifth, &quants].concat(), [-0.5, 6.0, 12.0]),
            (8, [&HALF[..], &[0xfe, 0x7f][..], &[0x04; 30]].concat(), [-1.0, 63.5, 2.0]),
        ];
        for (number_type, block, expected) in cases {
            let found = numbers(number_type, &block.repeat(2)).unwrap();
            assert_eq!(found.len(), 64, "type {number_type}");
            let firsts = [0, 1, 16].map(|index| found[index].to_bits());
            assert_eq!(firsts, expected.map(f32::to_bits), "type {number_type}");
            assert_eq!(found[..32], found[32..], "type {number_type}");
        }
    }

    #[test]
    fn other_types_are_not_read() {
        assert_eq!(numbers(12, &[0; 144]), None);
        for number_type in 0..16 {
            let is_read = numbers(number_type, &[0; 34]).is_some();
            let is_foreign = Numbers::of_type(number_type) == Numbers::Foreign;
            assert_ne!(is_read, is_foreign, "type {number_type}");
        }
    }
}
