//! f32 arithmetic that gives the same bits on every target: no libm, no fused multiply-add, sums in a fixed order.
//!
//! Written as loops over fixed lanes, which the compiler turns into the target's vectors. Nothing about models here.

/// Lanes of a sum. The order of additions is part of a model's results: changing this changes vectors in the last bits.
const LANES: usize = 8;

/// Adding and subtracting this rounds to the nearest integer, ties to even, for magnitudes below 2^22.
const ROUND: f32 = 12_582_912.0;

/// `x` rounded to the nearest integer, ties to even. For |x| < 2^22.
#[inline(always)]
pub(crate) fn round(x: f32) -> i32 {
    (x + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
}

/// The larger of two. The second if either is not a number.
#[inline(always)]
pub(crate) fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The smaller of two. The second if either is not a number.
#[inline(always)]
pub(crate) fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// e^x within 2 units in the last place; below -87 as e^-87, above 88 as e^88.
///
/// Range reduction by multiples of ln 2 in two parts and the degree-5 minimax polynomial of Cephes' `expf` (Moshier).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = min(max(x, -87.0), 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 5.0e-1;
    let fraction = p * (r * r) + r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    fraction * f32::from_bits(exponent)
}

/// 2^x within 3e-6 of itself, for what is rounded to 15 bits afterwards; below -126 as 2^-126. For x <= 0.
#[inline(always)]
pub(crate) fn exp2(x: f32) -> f32 {
    let shifted = max(x, -126.0) + ROUND;
    let r = max(x, -126.0) - (shifted - ROUND);
    let mut p = 9.570_1e-3;
    p = p * r + 5.591_786e-2;
    p = p * r + 2.402_474_5e-1;
    p = p * r + 6.931_218e-1;
    p = p * r + 9.999_993e-1;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    p * f32::from_bits(exponent)
}

/// Gaussian error linear unit: x Φ(x), with erf as an odd rational function of degree 13 over 8 (the one of Eigen and XLA),
/// within 5e-7 of the true value times max(1, |x|).
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let z = min(max(x * std::f32::consts::FRAC_1_SQRT_2, -4.0), 4.0);
    let s = z * z;
    let mut p = -2.726_142_3e-10;
    p = p * s + 2.770_681_4e-8;
    p = p * s - 2.101_024e-6;
    p = p * s - 5.692_506_5e-5;
    p = p * s - 7.349_906_3e-4;
    p = p * s - 2.954_6e-3;
    p = p * s - 1.609_603_3e-2;
    let mut q = -1.456_607_2e-5;
    q = q * s - 2.133_740_6e-4;
    q = q * s - 1.682_827e-3;
    q = q * s - 7.373_329e-3;
    q = q * s - 1.426_474e-2;
    let erf = z * p / q;
    0.5 * x * (1.0 + erf)
}

/// The tanh approximation of [`gelu`]: x σ(2 √(2/π) (x + 0.044715 x³)).
#[inline(always)]
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    let inner = 1.595_769_2 * (x + 0.044_715 * x * x * x);
    x / (1.0 + exp(-inner))
}

/// Sum of `f(x)` over a slice, in eight lanes that are added pairwise at the end.
#[inline(always)]
pub(crate) fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += f(x);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The smallest and the largest of a slice and `start`.
#[inline(always)]
pub(crate) fn range(values: &[f32], start: f32) -> (f32, f32) {
    range_of(std::iter::once(values), start)
}

/// The smallest and the largest of several slices and `start`. Lanes are brought together once, at the end: for short slices that is most of the work.
#[inline(always)]
pub(crate) fn range_of<'a>(slices: impl Iterator<Item = &'a [f32]>, start: f32) -> (f32, f32) {
    // Two of the widest vectors, in no order that matters.
    let (mut low, mut high) = ([start; 32], [start; 32]);
    for values in slices {
        let (chunks, rest) = values.as_chunks::<32>();
        for chunk in chunks {
            for (low, &x) in low.iter_mut().zip(chunk) {
                *low = min(x, *low);
            }
            for (high, &x) in high.iter_mut().zip(chunk) {
                *high = max(x, *high);
            }
        }
        for ((low, high), &x) in low.iter_mut().zip(&mut high).zip(rest) {
            (*low, *high) = (min(x, *low), max(x, *high));
        }
    }
    (together(low, min), together(high, max))
}

/// The largest of a slice, or of none the smallest there is.
#[inline(always)]
pub(crate) fn highest(values: &[i32]) -> i32 {
    // What is not a multiple of a vector would otherwise be taken one by one, from a whole vector's multiple on.
    let (chunks, rest) = values.as_chunks::<16>();
    let highest = chunks.as_flattened().iter().copied().fold(i32::MIN, i32::max);
    rest.iter().copied().fold(highest, i32::max)
}

/// One value of 32 lanes, half by half, which stays in vectors until the last few. For operations whose order does not matter.
#[inline(always)]
fn together<T: Copy>(mut lanes: [T; 32], operation: impl Fn(T, T) -> T) -> T {
    for width in [16, 8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(width);
        low.iter_mut().zip(high).for_each(|(low, &mut high)| *low = operation(*low, high));
    }
    let [first, ..] = lanes;
    first
}

/// Layer normalisation of one row, in place: mean 0, variance 1, then `gain` and `shift` by element.
#[inline(always)]
pub(crate) fn normalise(row: &mut [f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let count = row.len() as f32;
    let mean = sum(row, |x| x) / count;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / count;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for ((x, gain), shift) in row.iter_mut().zip(gain).zip(shift) {
        *x = (*x - mean) * inverse * gain + shift;
    }
}

/// Divides a row by its L2 norm; a row of zeros stays as it is.
#[inline(always)]
pub(crate) fn unit(row: &mut [f32]) {
    let norm = sum(row, |x| x * x).sqrt();
    if norm > 0.0 {
        let inverse = 1.0 / norm;
        row.iter_mut().for_each(|x| *x *= inverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_library() {
        for step in -87_000..=88_000 {
            let x = step as f32 / 1000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2.5e-7, "exp({x}) is off by {error:e}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), exp(-87.0));
    }

    #[test]
    fn exp2_is_close_enough_for_weights() {
        for step in -126_000..=0 {
            let x = step as f32 / 1000.0;
            let expected = f64::from(x).exp2();
            let error = (f64::from(exp2(x)) - expected).abs() / expected;
            assert!(error < 3e-6, "2^{x} is off by {error:e}");
        }
        assert_eq!(exp2(f32::NEG_INFINITY), exp2(-126.0));
    }

    /// erf by its Taylor series, in f64.
    fn erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn gelu_is_close_to_its_definition() {
        for step in -5000..=5000 {
            let x = step as f32 / 1000.0;
            let exact = 0.5 * f64::from(x) * (1.0 + erf(f64::from(x) * std::f64::consts::FRAC_1_SQRT_2));
            let error = (f64::from(gelu(x)) - exact).abs();
            assert!(error < 5e-7 * f64::from(x.abs()).max(1.0), "gelu({x}) is off by {error:e}");
            let error = (f64::from(gelu_tanh(x)) - exact).abs();
            assert!(error < 5e-4, "gelu_tanh({x}) is off by {error:e}");
        }
        for (x, limit) in [(100.0, 100.0), (-100.0, 0.0)] {
            assert!((gelu(x) - limit).abs() < 5e-5, "gelu({x}) is {}", gelu(x));
        }
    }

    #[test]
    fn rounds_ties_to_even() {
        for (x, expected) in [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (254.7, 255), (-0.2, 0)] {
            assert_eq!(round(x), expected, "round({x})");
        }
    }

    #[test]
    fn sums_and_ranges_take_every_length() {
        for length in 0..40 {
            let values: Vec<f32> = (0..length).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
            assert_eq!(sum(&values, |x| x), values.iter().sum::<f32>());
            let expected = values.iter().fold((0.0f32, 0.0f32), |(low, high), &x| (low.min(x), high.max(x)));
            assert_eq!(range(&values, 0.0), expected);
        }
    }

    #[test]
    fn normalises_to_mean_zero_and_variance_one() {
        let mut row: Vec<f32> = (0..24).map(|i| (i * i) as f32).collect();
        normalise(&mut row, &[1.0; 24], &[0.0; 24], 1e-12);
        assert!(sum(&row, |x| x).abs() < 1e-4);
        assert!((sum(&row, |x| x * x) / 24.0 - 1.0).abs() < 1e-5);
        unit(&mut row);
        assert!((sum(&row, |x| x * x) - 1.0).abs() < 1e-6);
    }
}
