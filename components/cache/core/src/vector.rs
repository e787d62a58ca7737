//! Vectors with a byte a value: scaled by their largest, so that cosines survive and lengths don't.

/// `vector` in 127ths of its largest value.
#[must_use]
pub fn quantise(vector: &[f32]) -> Vec<i8> {
    let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    vector.iter().map(|value| (value * scale).round() as i8).collect()
}

/// Cosine of two of the same length; 0.0 if one has none.
pub(crate) fn cosine(a: &[i8], b: &[u8]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let square = |sum: i32, value: i32| sum + value * value;
    let a2 = a.iter().map(|&value| i32::from(value)).fold(0, square);
    let b2 = b.iter().map(|&value| i32::from(value as i8)).fold(0, square);
    if a2 == 0 || b2 == 0 {
        return 0.0;
    }
    f64::from(dot_bytes(a, b)) / (f64::from(a2) * f64::from(b2)).sqrt()
}

/// Dot product with values that are stored as bytes.
pub(crate) fn dot_bytes(a: &[i8], b: &[u8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b as i8)).sum()
}

pub(crate) fn bytes(vector: &[i8]) -> Vec<u8> {
    vector.iter().map(|&value| value as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_survive_a_byte_a_value() {
        let (a, b) = ([0.6_f32, 0.8, 0.0], [0.8_f32, 0.6, 0.0]);
        let (a, b) = (quantise(&a), quantise(&b));
        assert!((cosine(&a, &bytes(&b)) - 0.96).abs() < 0.01);
        assert!((cosine(&a, &bytes(&a)) - 1.0).abs() < 1e-9);
        assert_eq!(cosine(&a, &bytes(&quantise(&[0.0; 3]))), 0.0);
        assert_eq!(cosine(&a, &[]), 0.0);
    }
}
