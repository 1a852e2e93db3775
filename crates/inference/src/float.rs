//! Arithmetic on single numbers that a compiler can do to many at once: no branches, no calls.

/// Rounds to the nearest 16-bit float, the even one of two. Returns its bits.
#[inline(always)]
pub(crate) fn f16_bits(number: f32) -> u16 {
    /// Smallest normal number of 16 bits, 2 to the power of -14.
    const NORMAL: u32 = (127 - 14) << 23;
    /// Rounds a subnormal one when it is added: its last bit is worth as much as theirs.
    const ROUND: f32 = 0.5;
    /// First number beyond all of 16 bits, 2 to the power of 16.
    const INFINITE: u32 = (127 + 16) << 23;
    let bits = number.to_bits();
    let (sign, size) = (bits >> 16 & 0x8000, bits & 0x7fff_ffff);
    let subnormal = (f32::from_bits(size) + ROUND).to_bits().wrapping_sub(ROUND.to_bits());
    let odd = size >> 13 & 1;
    let normal = size.wrapping_sub(112 << 23).wrapping_add(0xfff + odd) >> 13;
    let rounded = match size {
        ..NORMAL => subnormal,
        NORMAL..INFINITE => normal,
        INFINITE..=0x7f80_0000 => 0x7c00,
        // Not a number.
        _ => 0x7e00,
    };
    #[expect(clippy::cast_possible_truncation, reason = "16 bits are left")]
    let bits = (sign | rounded) as u16;
    bits
}

/// Rounds to the nearest `bfloat16`, the upper half of a 32-bit float. Returns it in the lower bits.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(crate) fn bf16_bits(number: f32) -> u32 {
    let bits = number.to_bits();
    (bits.wrapping_add(0x7fff + (bits >> 16 & 1))) >> 16
}

/// Widens a 16-bit float that is neither infinite nor NaN.
#[inline(always)]
pub(crate) fn from_f16(bits: u16) -> f32 {
    /// Distance between the exponents of the two formats: 2 to the power of 112.
    const RAISE: f32 = f32::from_bits((127 + 112) << 23);
    let bits = u32::from(bits);
    let size = f32::from_bits((bits & 0x7fff) << 13) * RAISE;
    f32::from_bits(size.to_bits() | (bits & 0x8000) << 16)
}

/// Computes `e` to the power of `x`, to 2 units in the last place. `x` is clamped from -87 to 88.
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

/// Computes the Gaussian error linear unit by the hyperbolic tangent, as whisper.cpp does.
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
    fn a_float_of_16_bits_is_read_down_to_the_smallest() {
        let found = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000].map(from_f16);
        let expected = [1.0, -2.0, 2.0_f32.powi(-24), 65_504.0, -0.0];
        assert_eq!(found.map(f32::to_bits), expected.map(f32::to_bits));
    }

    #[test]
    fn every_float_of_16_bits_is_the_nearest_to_itself_and_to_its_surroundings() {
        for bits in (0..0x7bff).chain(0x8000..0xfbff) {
            let (number, next) = (from_f16(bits), from_f16(bits + 1));
            assert_eq!(f16_bits(number), bits, "{number}");
            let middle = f32::midpoint(number, next);
            assert_eq!(f16_bits(middle), bits + (bits & 1), "{middle}, which is in the middle");
            let step = next - middle;
            assert_eq!(f16_bits(middle - step / 256.0), bits, "less than {middle}");
            assert_eq!(f16_bits(middle + step / 256.0), bits + 1, "more than {middle}");
        }
        let cases = [(65_519.0, 0x7bff), (65_520.0, 0x7c00), (f32::MAX, 0x7c00), (1e-9, 0)];
        for (number, expected) in cases {
            assert_eq!((f16_bits(number), f16_bits(-number)), (expected, expected | 0x8000));
        }
        assert_eq!(f16_bits(f32::NEG_INFINITY), 0xfc00);
        assert!(f16_bits(f32::NAN) & 0x7fff > 0x7c00);
    }

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn a_float_is_rounded_to_the_nearest_bf16() {
        let wide = |number: f32| bf16_bits(number) << 16;
        assert_eq!(wide(1.0), 1.0_f32.to_bits());
        assert_eq!(wide(-0.0), (-0.0_f32).to_bits());
        // Its neighbours are 1 and 1 + 2^-7; in the middle the even one is taken.
        assert_eq!(wide(1.0 + 0.003), 1.0_f32.to_bits());
        assert_eq!(wide(1.0 + 0.003_906_25), 1.0_f32.to_bits());
        assert_eq!(wide(1.0 + 0.004), 1.007_812_5_f32.to_bits());
        assert_eq!(wide(1.007_812_5 + 0.003_906_25), 1.015_625_f32.to_bits());
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
