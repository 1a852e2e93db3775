//! Arithmetic on single numbers that a compiler can do to many at once: no branches, no calls.

/// The upper half of a 32-bit float, rounded to the nearest, as the lower bits of the answer.
#[inline(always)]
pub(crate) fn bf16(number: f32) -> u32 {
    let bits = number.to_bits();
    (bits.wrapping_add(0x7fff + (bits >> 16 & 1))) >> 16
}

/// A float of 16 bits, no infinity and no NaN.
#[inline(always)]
pub(crate) fn half(bits: u16) -> f32 {
    /// The exponents of the two formats are this far apart: 2 to the power of 112.
    const RAISE: f32 = f32::from_bits((127 + 112) << 23);
    let bits = u32::from(bits);
    let size = f32::from_bits((bits & 0x7fff) << 13) * RAISE;
    f32::from_bits(size.to_bits() | (bits & 0x8000) << 16)
}

/// `e` to the power of `x`, to 2 units in the last place; what is below -87 counts as -87, what is
/// above 88 as 88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer, which the lowest bits then hold.
    const ROUND: f32 = 12_582_912.0;
    // The natural logarithm of 2 in two parts, the first short enough that its multiples are exact.
    const LN_2: f32 = 0.693_359_4;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let power = rounded - ROUND;
    let rest = power.mul_add(-LN_2_REST, power.mul_add(-LN_2, x));
    // The Taylor series, its last terms moved a little for the range of half a LN_2.
    let mut sum: f32 = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5, 1.0, 1.0] {
        sum = sum.mul_add(rest, coefficient);
    }
    f32::from_bits(sum.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// The Gaussian error linear unit as whisper.cpp has it, by the hyperbolic tangent.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    // 2 * sqrt(2 / pi), and the coefficient of the published approximation.
    const SLOPE: f32 = 1.595_769_2;
    const CUBE: f32 = 0.044_715;
    x / (1.0 + exp(-SLOPE * x * (1.0 + CUBE * x * x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_float_is_the_nearest() {
        let wide = |number: f32| bf16(number) << 16;
        assert_eq!(wide(1.0), 1.0_f32.to_bits());
        assert_eq!(wide(-0.0), (-0.0_f32).to_bits());
        // Its neighbours are 1 and 1 + 2^-7; in the middle the even one is taken.
        assert_eq!(wide(1.0 + 0.003), 1.0_f32.to_bits());
        assert_eq!(wide(1.0 + 0.003_906_25), 1.0_f32.to_bits());
        assert_eq!(wide(1.0 + 0.004), 1.007_812_5_f32.to_bits());
        assert_eq!(wide(1.007_812_5 + 0.003_906_25), 1.015_625_f32.to_bits());
    }

    #[test]
    fn a_float_of_16_bits_is_read_down_to_the_smallest() {
        let found = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000].map(half);
        let expected = [1.0, -2.0, 2.0_f32.powi(-24), 65_504.0, -0.0];
        assert_eq!(found.map(f32::to_bits), expected.map(f32::to_bits));
    }

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for step in -87_000..=88_000_i32 {
            let x = f64::from(step) / 1000.0;
            #[expect(clippy::cast_possible_truncation, reason = "the input has few digits")]
            let (x, expected) = (x as f32, f64::from(x as f32).exp());
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
        assert!(exp(f32::MAX) > 1e38);
    }

    #[test]
    fn the_unit_is_nothing_far_below_zero_and_its_input_far_above() {
        assert!(gelu(-20.0).abs() < 1e-6);
        assert!((gelu(20.0) - 20.0).abs() < 1e-6);
        assert!(gelu(0.0).abs() < f32::MIN_POSITIVE);
        // x * Φ(x) is 0.841345 at 1.
        assert!((gelu(1.0) - 0.841_345).abs() < 2e-4);
        assert!((gelu(-1.0) + 0.158_655).abs() < 2e-4);
    }
}
