//! Centroids of questions: k-means on the sphere.

use gusset_cache::quantise;

use crate::vectors::cosine;

/// Neighbourhoods. A lookup compares with each centroid: 256 are 98 kB and some tens of microseconds.
const COUNT: usize = 256;

/// After this many rounds less than one text in a hundred moves.
const ROUNDS: usize = 12;

/// The centroids of vectors, one after the other, as bytes.
pub(crate) fn centroids(vectors: &[&[i8]]) -> Vec<u8> {
    let stride = (vectors.len() / COUNT).max(1);
    let mut centroids: Vec<Vec<i8>> =
        vectors.iter().step_by(stride).take(COUNT).map(|vector| vector.to_vec()).collect();
    for _ in 0..ROUNDS {
        let mut sums: Vec<Vec<f32>> = centroids.iter().map(|centroid| vec![0.0; centroid.len()]).collect();
        for vector in vectors {
            let nearest = centroids
                .iter()
                .map(|centroid| cosine(vector, centroid))
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some(sum) = nearest.and_then(|(at, _)| sums.get_mut(at)) {
                sum.iter_mut().zip(*vector).for_each(|(sum, &value)| *sum += f32::from(value));
            }
        }
        for (centroid, sum) in centroids.iter_mut().zip(&sums) {
            if sum.iter().any(|&value| value != 0.0) {
                *centroid = quantise(sum);
            }
        }
    }
    centroids.into_iter().flatten().map(|value| value as u8).collect()
}
