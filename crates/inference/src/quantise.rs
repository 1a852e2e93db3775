//! Quantisation: of weights to 8 bits, as ggml's `q8_0` has it, and of what they are multiplied by to 16.

/// Numbers that share a scale.
pub(crate) const GROUP: usize = 32;

/// Constant that rounds a number to the nearest integer, ties to even, when it is added: 1.5 * 2^23. The
/// lowest byte of the sum is the integer's.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// Returns the scale of a group, and its numbers as integers from -127 to 127. Numbers that were
/// quantised in the same groups before stay as they are.
///
/// Each quotient is rounded to 32 bits first, as in ggml.
pub(crate) fn quantise(numbers: &[f32; GROUP]) -> (f32, [i8; GROUP]) {
    let (scale, inverse) = scales(numbers);
    let round = |number: f32| (number * inverse + ROUND).to_bits().to_le_bytes()[0].cast_signed();
    (scale, numbers.map(round))
}

/// Rounds a number of at most 16 bits to the nearest integer, ties to even.
#[inline(always)]
pub(crate) fn round_to_i16(number: f32) -> i16 {
    let [low, high, ..] = (number + ROUND).to_bits().to_le_bytes();
    i16::from_le_bytes([low, high])
}

/// Returns the scale of a group's integers, and its inverse.
#[inline(always)]
pub(crate) fn scales(numbers: &[f32; GROUP]) -> (f32, f32) {
    let mut largest = 0;
    for number in numbers {
        // Positive floats have the order of their bits, which are quicker to compare.
        largest = largest.max(number.abs().to_bits());
    }
    let largest = f32::from_bits(largest);
    (largest / 127.0, if largest > 0.0 { 127.0 / largest } else { 0.0 })
}

/// Largest integer of a [`QuantisedRow`]. Its upper byte, rounded, is 127, and the products of a group with
/// 8-bit weights add up to less than 2^31.
pub(crate) const LARGEST: i16 = 127 * 256;

/// Row of 16-bit integers with one scale.
pub(crate) struct QuantisedRow {
    pub(crate) groups: Vec<[i16; GROUP]>,
    pub(crate) scale: f32,
}

impl QuantisedRow {
    /// Quantises numbers, a multiple of [`GROUP`].
    #[inline(always)]
    pub(crate) fn new(numbers: &[f32]) -> Self {
        let largest = numbers.iter().fold(0, |largest, it| it.abs().to_bits().max(largest));
        let largest = f32::from_bits(largest);
        let inverse = if largest > 0.0 { f32::from(LARGEST) / largest } else { 0.0 };
        let round = |number: f32| round_to_i16(number * inverse);
        let groups = numbers.as_chunks().0.iter().map(|group| group.map(round)).collect();
        Self { groups, scale: largest / f32::from(LARGEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_quantised_by_32_before_stays_as_it_is() {
        let integers: Vec<i8> = (-127..=121).step_by(8).collect();
        let numbers: Vec<f32> =
            integers.iter().map(|&integer| f32::from(integer) * 0.031).collect();
        let (scale, found) = quantise(numbers.as_chunks().0.first().unwrap());
        assert!((scale - 0.031).abs() < 1e-6);
        assert_eq!(found.as_slice(), integers);
        assert_eq!(quantise(&[0.0; GROUP]), (0.0, [0; GROUP]));
    }
}
