//! Quantisation to 8 bits, as ggml's `q8_0` has it.

/// Numbers that share a scale.
pub(crate) const GROUP: usize = 32;

/// Rounds numbers to integers from -127 to 127, and returns the scale that they are to be multiplied by
/// before them. Numbers that were quantised in the same groups before stay as they are.
#[inline(always)]
pub(crate) fn quantise(numbers: &[f32; GROUP]) -> (f32, [i8; GROUP]) {
    // Adding 1.5 * 2^23 rounds to an integer, whose lowest byte is that of the sum.
    const ROUND: f32 = 12_582_912.0;
    let mut largest = 0;
    for number in numbers {
        // Floats without a sign are ordered as their bits are, which are quicker to compare.
        largest = largest.max(number.abs().to_bits());
    }
    let largest = f32::from_bits(largest);
    let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let mut integers = [0; GROUP];
    for (integer, number) in integers.iter_mut().zip(numbers) {
        *integer = number.mul_add(inverse, ROUND).to_bits().to_le_bytes()[0].cast_signed();
    }
    (largest / 127.0, integers)
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
