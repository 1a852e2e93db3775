//! The number types of ggml: how each packs numbers into blocks, and how the blocks are read.

use crate::float::from_f16;

/// Numbers in a block of the quantised types that are read here.
const BLOCK: usize = 32;

/// Number type of a tensor (`enum ggml_type` in ggml.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names are those of ggml")]
pub enum GgmlType {
    F32,
    F16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

impl GgmlType {
    /// Every type that a model file may have.
    pub const ALL: [Self; 12] = [
        Self::F32,
        Self::F16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// Number of the type in the header of a tensor.
    #[must_use]
    pub const fn in_tensor(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q2K => 10,
            Self::Q3K => 11,
            Self::Q4K => 12,
            Self::Q5K => 13,
            Self::Q6K => 14,
        }
    }

    /// Number in the header of a file whose weights are of the type (`enum ggml_ftype`).
    #[must_use]
    pub const fn in_file(self) -> u32 {
        match self {
            Self::Q8_0 => 7,
            Self::Q5_0 => 8,
            Self::Q5_1 => 9,
            _ => self.in_tensor(),
        }
    }

    /// Looks up the type of a tensor by the number in its header.
    #[must_use]
    pub fn of_tensor(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.in_tensor() == number)
    }

    /// Looks up the type of the weights by the number in the header of their file.
    #[must_use]
    pub fn of_file(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.in_file() == number)
    }

    /// Numbers in a block.
    const fn block_len(self) -> u64 {
        match self {
            Self::F32 | Self::F16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => BLOCK as u64,
            Self::Q2K | Self::Q3K | Self::Q4K | Self::Q5K | Self::Q6K => 256,
        }
    }

    /// Bytes of a block.
    #[must_use]
    pub const fn block_bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q2K => 84,
            Self::Q3K => 110,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }

    /// Bytes of a tensor with these dimensions, innermost first. `None` where a row ends within a
    /// block.
    #[must_use]
    pub fn tensor_bytes(self, dimensions: [u32; 3]) -> Option<u64> {
        let [row, rows @ ..] = dimensions.map(u64::from);
        let blocks = row / self.block_len();
        let is_whole = row.is_multiple_of(self.block_len());
        is_whole.then(|| rows.iter().product::<u64>() * blocks * self.block_bytes())
    }

    /// True if [`Self::read`] reads it. No Whisper model is published in any of the others.
    #[must_use]
    pub fn is_read(self) -> bool {
        self.block_len() <= BLOCK as u64
    }

    /// Reads the numbers in `bytes`. `None` for a type that is not read here.
    #[must_use]
    pub fn read(self, bytes: &[u8]) -> Option<Vec<f32>> {
        let scale = |block: &[u8]| half([block[0], block[1]]);
        Some(match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|it| f32::from_le_bytes(*it)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|it| half(*it)).collect(),
            Self::Q4_0 => blocks::<18>(bytes, |it| nibbles(it, 2, 0, scale(it), -8.0)),
            Self::Q4_1 => blocks::<20>(bytes, |it| with_minimum(it, 4, 0)),
            Self::Q5_0 => {
                blocks::<22>(bytes, |it| nibbles(it, 6, fifth_bits(it, 2), scale(it), -16.0))
            }
            Self::Q5_1 => blocks::<24>(bytes, |it| with_minimum(it, 8, fifth_bits(it, 4))),
            Self::Q8_0 => blocks::<34>(bytes, |it| {
                std::array::from_fn(|index| f32::from(it[2 + index].cast_signed()) * scale(it))
            }),
            Self::Q2K | Self::Q3K | Self::Q4K | Self::Q5K | Self::Q6K => return None,
        })
    }
}

/// Reads whole blocks.
fn blocks<const BYTES: usize>(
    bytes: &[u8],
    read: impl Fn(&[u8; BYTES]) -> [f32; BLOCK],
) -> Vec<f32> {
    bytes.as_chunks().0.iter().flat_map(read).collect()
}

fn half(bytes: [u8; 2]) -> f32 {
    from_f16(u16::from_le_bytes(bytes))
}

/// Reads the fifth bits of the numbers of a block, which are stored apart from the other four.
fn fifth_bits(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

/// Reads numbers of four bits from byte `at` on, adds their fifth bits, shifts and scales them.
fn nibbles(block: &[u8], at: usize, fifth: u32, scale: f32, shift: f32) -> [f32; BLOCK] {
    std::array::from_fn(|index| {
        // The first half of the block is in the lower bits of the bytes, the second in the upper.
        let byte = block[at + index % 16];
        let low = if index < 16 { byte & 15 } else { byte >> 4 };
        let high = if fifth >> index & 1 == 1 { 16.0 } else { 0.0 };
        (f32::from(low) + high + shift) * scale
    })
}

/// Reads numbers of four or five bits with a scale and a minimum in place of a fixed shift.
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
        let bytes = [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x80];
        let expected = [1.0, -2.0, 2.0_f32.powi(-24), 65_504.0, -0.0];
        assert_eq!(GgmlType::F16.read(&bytes).unwrap(), expected.to_vec());
    }

    #[test]
    fn each_quantised_type_is_read_as_it_is_written() {
        // Number 0 is made of byte 0's low bits, number 16 of its high bits: 3 and 12.
        let quants: Vec<u8> = [&[0xc3][..], &[0x00; 15]].concat();
        // Numbers 1 and 16 have a fifth bit.
        let fifth = [0x02, 0x00, 0x01, 0x00];
        let cases: [(GgmlType, Vec<u8>, [f32; 3]); 5] = [
            (GgmlType::Q4_0, [&HALF[..], &quants].concat(), [-2.5, -4.0, 2.0]),
            (GgmlType::Q4_1, [&HALF[..], &MINUS_TWO, &quants].concat(), [-0.5, -2.0, 4.0]),
            (GgmlType::Q5_0, [&HALF[..], &fifth, &quants].concat(), [-6.5, 0.0, 6.0]),
            (GgmlType::Q5_1, [&HALF[..], &MINUS_TWO, &fifth, &quants].concat(), [-0.5, 6.0, 12.0]),
            (
                GgmlType::Q8_0,
                [&HALF[..], &[0xfe, 0x7f][..], &[0x04; 30]].concat(),
                [-1.0, 63.5, 2.0],
            ),
        ];
        for (of, block, expected) in cases {
            assert_eq!(block.len() as u64, of.block_bytes(), "{of:?}");
            let read = of.read(&block.repeat(2)).unwrap();
            assert_eq!(read.len(), 64, "{of:?}");
            let firsts = [0, 1, 16].map(|index| read[index].to_bits());
            assert_eq!(firsts, expected.map(f32::to_bits), "{of:?}");
            assert_eq!(read[..32], read[32..], "{of:?}");
        }
    }

    #[test]
    fn other_types_are_not_read() {
        for of in GgmlType::ALL {
            let is_read = of.read(&[0; 34]).is_some();
            assert_eq!(of.is_read(), is_read, "{of:?}");
        }
    }

    #[test]
    fn types_are_known_by_their_numbers() {
        for of in GgmlType::ALL {
            assert_eq!(GgmlType::of_tensor(of.in_tensor()), Some(of));
            assert_eq!(GgmlType::of_file(of.in_file()), Some(of));
        }
        for unknown in [4, 5, 9, 15] {
            assert_eq!(GgmlType::of_tensor(unknown), None);
        }
        for unknown in [4, 5, 6, 15] {
            assert_eq!(GgmlType::of_file(unknown), None);
        }
    }
}
