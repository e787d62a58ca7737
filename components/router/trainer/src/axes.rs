//! Main axes of a set of vectors: principal components by orthogonal iteration.

use gusset_router::predict::Projection;

use crate::random::Random;

/// Rounds of the iteration. The axes need to span the right room, not to be told apart to the last digit.
const ROUNDS: usize = 40;

/// The axes of greatest variance, `count` of them.
pub(crate) fn axes(vectors: &[&[f32]], count: usize) -> Projection {
    let width = vectors.first().map_or(0, |vector| vector.len());
    if count == 0 || width == 0 {
        return Projection::default();
    }
    let mut mean = vec![0.0f64; width];
    for vector in vectors {
        mean.iter_mut()
            .zip(*vector)
            .for_each(|(mean, value)| *mean += f64::from(*value) / vectors.len() as f64);
    }
    let covariance = covariance(vectors, &mean);
    let mut random = Random::new(0);
    let mut start = || (random.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
    let mut basis: Vec<Vec<f64>> =
        (0..count.min(width)).map(|_| (0..width).map(|_| start()).collect()).collect();
    for _ in 0..ROUNDS {
        basis = basis.iter().map(|axis| covariance.iter().map(|row| dot(row, axis)).collect()).collect();
        orthonormalise(&mut basis);
    }
    Projection {
        mean: mean.into_iter().map(|value| value as f32).collect(),
        axes: basis.into_iter().flatten().map(|value| value as f32).collect(),
    }
}

fn covariance(vectors: &[&[f32]], mean: &[f64]) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0f64; mean.len()]; mean.len()];
    for vector in vectors {
        let centred: Vec<f64> =
            vector.iter().zip(mean).map(|(value, mean)| f64::from(*value) - mean).collect();
        for (row, value) in sums.iter_mut().zip(&centred) {
            row.iter_mut().zip(&centred).for_each(|(sum, other)| *sum += value * other);
        }
    }
    sums
}

/// Gram and Schmidt.
fn orthonormalise(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (before, rest) = basis.split_at_mut(at);
        let Some(axis) = rest.first_mut() else { return };
        for other in before.iter() {
            let along = dot(axis, other);
            axis.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
        }
        let length = dot(axis, axis).sqrt().max(f64::MIN_POSITIVE);
        axis.iter_mut().for_each(|value| *value /= length);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_is_that_of_greatest_variance() {
        let mut random = Random::new(5);
        let mut noise = |scale: f32| (random.below(2001) as f32 / 1000.0 - 1.0) * scale;
        let points: Vec<Vec<f32>> = (0..500)
            .map(|_| {
                let along = noise(10.0);
                vec![1.0 + along * 0.6 + noise(0.1), along * 0.8 + noise(0.1), noise(1.0)]
            })
            .collect();
        let points: Vec<&[f32]> = points.iter().map(Vec::as_slice).collect();
        let found = axes(&points, 2);
        assert!((found.axes[0] * 0.6 + found.axes[1] * 0.8).abs() > 0.999, "{found:?}");
        assert!(found.axes[5].abs() > 0.99, "{found:?}");
        assert!((found.mean[0] - 1.0).abs() < 0.5);
    }
}
