//! The softmax over all logits of a token.
//!
//! Each token needs one over about 52 000 logits, so each loop is laid out for the compiler to
//! vectorise.

/// Numbers that are worked on together: one AVX-512 register, or two of AVX2.
const LANES: usize = 16;

/// Returns the largest number; negative infinity if there is none.
pub(super) fn max(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane = if number > *lane { number } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Returns the sum of `exp(number - max)`, where no number is above `max`.
pub(super) fn sum_exp(numbers: &[f32], max: f32) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane += exp(number - max);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|number| exp(number - max)).sum::<f32>()
}

/// Returns the softmax of one of these logits.
pub(super) fn probability_of(index: usize, logits: &[f32]) -> f32 {
    let largest = max(logits);
    let sum = sum_exp(logits, largest);
    logits.get(index).map_or(0.0, |logit| exp(logit - largest) / sum)
}

/// Returns `e` to the power of `x`, which is not above 0, to a few units in the last place. Below
/// -87, where the result is as good as 0, it returns the value at -87.
pub(super) fn exp(x: f32) -> f32 {
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
    fn exp_agrees_with_the_standard_library() {
        for step in 0..65_250_u16 {
            let x = -f32::from(step) / 750.0;
            let (found, expected) = (exp(x), x.exp());
            assert!((found / expected - 1.0).abs() < 1e-6, "{x}: {found}, not {expected}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn the_maximum_and_the_sum_are_those_of_all_numbers() {
        for count in [1, 15, 16, 17, 40] {
            for at in 0..count {
                let mut numbers = vec![0.0; count];
                numbers[at] = 2.0_f32.ln();
                let found = max(&numbers);
                assert!((found - 2.0_f32.ln()).abs() < 1e-6, "{at} of {count}");
                #[expect(clippy::cast_precision_loss, reason = "a small number")]
                let expected = 1.0 + (count - 1) as f32 / 2.0;
                assert!((sum_exp(&numbers, found) - expected).abs() < 1e-4);
            }
        }
        assert!(max(&[]) < f32::MIN);
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
