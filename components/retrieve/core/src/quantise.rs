//! Vectors of 32-bit floats to 8-bit integers, and their dot product.
//!
//! Symmetric, one scale a vector: `value ≈ scale * integer`, `scale = max |value| / 127`. The query keeps 15 bits, which costs nothing because the
//! product widens both sides to 16 bits anyway; so only the stored side adds an error. The integer sum is exact.

use crate::kernel::Operand;

/// A query, ready to be compared with many vectors.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    operand: Operand,
    scale: f32,
}

/// Appends a vector's integers to `out`, and returns its scale. A zero vector has scale zero.
pub(crate) fn quantise(vector: &[f32], out: &mut Vec<u8>) -> f32 {
    let scale = largest(vector) / 127.0;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    out.extend(vector.iter().map(|value| (value * inverse).round() as i8 as u8));
    scale
}

impl Query {
    pub(crate) fn new(vector: &[f32]) -> Self {
        // The largest sum that there can be has to fit 32 bits.
        let limit = (i32::MAX as usize / 128 / vector.len().max(1)).min(i16::MAX as usize) as f32;
        let scale = largest(vector) / limit;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let values: Vec<_> = vector.iter().map(|value| (value * inverse).round() as i16).collect();
        Self { operand: Operand::new(&values), scale }
    }

    /// Cosine with a vector of the same length, both of norm 1. Between -1 and 1.
    pub(crate) fn score(&self, vector: &[u8], scale: f32) -> f32 {
        (self.operand.dot(vector) as f32 * self.scale * scale).clamp(-1.0, 1.0)
    }
}

fn largest(vector: &[f32]) -> f32 {
    vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_score_is_the_cosine_within_the_rounding(
            (a, b) in (1_usize..100).prop_flat_map(|n| (vector(n), vector(n)))
        ) {
            let exact: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let mut bytes = Vec::new();
            let scale = quantise(&b, &mut bytes);
            let found = Query::new(&a).score(&bytes, scale);
            // Half a step for each element, weighted by the other side: at most its L1 norm.
            let bound = 0.5 * scale * a.iter().map(|a| a.abs()).sum::<f32>() + 1e-3;
            prop_assert!((found - exact).abs() <= bound, "{found} for {exact}, bound {bound}");
        }
    }

    fn vector(n: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0_f32..1.0, n).prop_map(|mut vector| {
            let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
            vector.iter_mut().for_each(|v| *v /= norm);
            vector
        })
    }

    #[test]
    fn the_largest_sum_fits() {
        for n in [384_usize, 1024, 4096, 65_536] {
            let vector = vec![1.0 / (n as f32).sqrt(); n];
            let mut bytes = Vec::new();
            let scale = quantise(&vector, &mut bytes);
            assert!((Query::new(&vector).score(&bytes, scale) - 1.0).abs() < 0.02, "{n}");
        }
    }
}
