//! Quantisation to 8 bits, as ggml's `q8_0` has it.

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
