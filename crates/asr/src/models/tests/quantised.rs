//! Quantises a model of 16 bits, as whisper.cpp's own program does.

use std::fs;
use std::path::Path;

use watchme_inference::Tensors;
use watchme_inference::ggml::{GgmlType, ModelFile};

use super::super::format::{Place, walk_with};

/// Version of the quantisation, in the thousands of a file's type.
const VERSION: u32 = 2000;

/// Offset of the type in the header of a file, the last of eleven numbers after the magic, and in the
/// header of a tensor.
const FILE_TYPE_AT: usize = 4 * 11;
const TENSOR_TYPE_AT: usize = 4 * 2;

/// Tensors that stay as they are although they have two dimensions.
const KEPT: [&str; 2] = ["encoder.positional_embedding", "decoder.positional_embedding"];

/// Writes the model at `from` to `to`, its matrices in blocks of 32 integers of 8 bits with a scale.
pub(crate) fn quantise(from: &Path, to: &Path) {
    let bytes = fs::read(from).unwrap();
    let mut model = ModelFile::open(from).unwrap();
    let mut tensors = Vec::new();
    walk_with(from, &mut |name, place| tensors.push((name, place))).unwrap();
    tensors.sort_by_key(|(_, place)| place.at);
    let (mut made, mut copied) = (Vec::new(), 0);
    for (name, Place { at, number_type, .. }) in tensors {
        let at = usize::try_from(at).unwrap();
        // Three numbers, as many dimensions as the first says, and the name.
        let header = 3 * 4 + 2 * 4 + name.len();
        let is_matrix = bytes[at - header..][..4] == 2_u32.to_le_bytes();
        if number_type != GgmlType::F16 || !is_matrix || KEPT.contains(&name.as_str()) {
            continue;
        }
        made.extend_from_slice(&bytes[copied..at]);
        let header = made.len() - header;
        set(&mut made[header + TENSOR_TYPE_AT..], GgmlType::Q8_0.in_tensor());
        let mut numbers = Vec::new();
        model.read(&name, &mut |piece| numbers.extend_from_slice(piece)).unwrap();
        made.extend(numbers.as_chunks().0.iter().flat_map(block));
        copied = at + numbers.len() * 2;
    }
    made.extend_from_slice(&bytes[copied..]);
    set(&mut made[FILE_TYPE_AT..], VERSION + GgmlType::Q8_0.in_file());
    fs::write(to, made).unwrap();
}

fn set(bytes: &mut [u8], number: u32) {
    bytes[..4].copy_from_slice(&number.to_le_bytes());
}

/// Block of a scale, the smallest power of 2 with which all numbers fit, and the numbers.
fn block(numbers: &[f32; 32]) -> [u8; 34] {
    let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let exponent = (-24..=0).find(|&exponent| largest / 2.0_f32.powi(exponent) <= 127.0).unwrap();
    // As a float of 16 bits, whose exponent has five; the smallest have none.
    let scale = match u16::try_from(exponent + 15) {
        Ok(shifted) if shifted > 0 => shifted << 10,
        _ => 1 << (exponent + 24),
    };
    let mut made = [0; 34];
    made[..2].copy_from_slice(&scale.to_le_bytes());
    for (byte, number) in made[2..].iter_mut().zip(numbers) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 127")]
        let integer = (number / 2.0_f32.powi(exponent)).round() as i8;
        *byte = integer.cast_unsigned();
    }
    made
}
