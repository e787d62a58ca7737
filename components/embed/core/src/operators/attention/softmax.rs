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
    let exponentials = exponentials.get_mut(..tokens).unwrap_or_default();
    let highest = math::highest(scores);
    for (exponential, &score) in exponentials.iter_mut().zip(scores) {
        *exponential = math::exp2((score - highest) as f32 * factor);
    }
    let scale = largest / math::sum(exponentials, |x| x);
    // What is beyond the tokens was another sequence's.
    let (weights, beyond) = weights.as_flattened_mut().split_at_mut_checked(tokens).unwrap_or_default();
    for (weight, &exponential) in weights.iter_mut().zip(&*exponentials) {
        *weight = math::round(exponential * scale) as i16;
    }
    beyond.fill(0);
}
