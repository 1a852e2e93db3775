//! Passes over all logits of a token. One is made for each token that is written, so that each is
//! written for the compiler to do many numbers at once.

/// Numbers that are worked on together.
const LANES: usize = 16;

/// The largest number, negative infinity where there is none.
pub(super) fn largest(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane = if number > *lane { number } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The sum of `e` to the power of each number less `largest`, which none is above.
pub(super) fn sum_of_powers(numbers: &[f32], largest: f32) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane += power(number - largest);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|number| power(number - largest)).sum::<f32>()
}

/// The softmax of one of these logits.
pub(super) fn probability_of(index: usize, logits: &[f32]) -> f32 {
    let largest = largest(logits);
    let sum = sum_of_powers(logits, largest);
    logits.get(index).map_or(0.0, |logit| power(logit - largest) / sum)
}

/// `e` to the power of `x`, which is not above 0, to a few units in the last place. Below -87,
/// where it is as good as 0, it is that of -87.
pub(super) fn power(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer, which the lowest bits then hold.
    const ROUND: f32 = 12_582_912.0;
    // The natural logarithm of 2 in two parts, the first short enough that its multiples are exact.
    const LN_2: f32 = 0.693_359_4;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    let x = if x > -87.0 { x } else { -87.0 };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let exponent = rounded - ROUND;
    let rest = x - exponent * LN_2 - exponent * LN_2_REST;
    // The Taylor series, its last terms moved a little for the range of half a LN_2.
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5, 1.0, 1.0] {
        sum = sum * rest + coefficient;
    }
    f32::from_bits(sum.to_bits().wrapping_add(rounded.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_is_that_of_the_standard_library() {
        for step in 0..65_250_u16 {
            let x = -f32::from(step) / 750.0;
            let (found, expected) = (power(x), x.exp());
            assert!((found / expected - 1.0).abs() < 1e-6, "{x}: {found}, not {expected}");
        }
        assert!(power(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn the_largest_and_the_sum_are_those_of_all_numbers() {
        for count in [1, 15, 16, 17, 40] {
            for at in 0..count {
                let mut numbers = vec![0.0; count];
                numbers[at] = 2.0_f32.ln();
                let found = largest(&numbers);
                assert!((found - 2.0_f32.ln()).abs() < 1e-6, "{at} of {count}");
                #[expect(clippy::cast_precision_loss, reason = "a small number")]
                let expected = 1.0 + (count - 1) as f32 / 2.0;
                assert!((sum_of_powers(&numbers, found) - expected).abs() < 1e-4);
            }
        }
        assert!(largest(&[]) < f32::MIN);
    }

    #[test]
    fn a_probability_is_the_share_of_a_logit() {
        let logits = [0.0, 2.0_f32.ln(), f32::NEG_INFINITY, 1.0_f32.ln()];
        assert!((probability_of(1, &logits) - 0.5).abs() < 1e-6);
        assert!(probability_of(2, &logits).abs() < 1e-6);
        assert!(probability_of(9, &logits).abs() < 1e-6);
        assert!((probability_of(0, &[1e30, -1e30]) - 1.0).abs() < 1e-6);
    }
}
