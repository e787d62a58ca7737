//! Scores of one query to weights.

use crate::kernels::Pair;
use crate::math;

/// Scores of `tokens` keys (and of more, which count for nothing) to weights that add up to about `largest`. `factor` takes scores to
/// exponents of 2. `exponentials` has a place a score.
#[inline(always)]
pub(super) fn softmax(
    scores: &[i32],
    tokens: usize,
    factor: f32,
    exponentials: &mut [f32],
    weights: &mut [Pair],
    largest: f32,
) {
    let scores = scores.get(..tokens).unwrap_or_default();
    let highest = scores.iter().copied().max().unwrap_or_default();
    for (exponential, &score) in exponentials.iter_mut().zip(scores) {
        *exponential = math::exp2((score - highest) as f32 * factor);
    }
    let sum = math::sum(exponentials.get(..tokens).unwrap_or_default(), |x| x);
    let scale = largest / sum;
    for (weight, &exponential) in weights.as_flattened_mut().iter_mut().zip(&*exponentials).take(tokens) {
        *weight = math::round(exponential * scale) as i16;
    }
    // What is beyond the tokens was another sequence's.
    weights.as_flattened_mut().iter_mut().skip(tokens).for_each(|weight| *weight = 0);
}
