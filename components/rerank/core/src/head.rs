//! What the head makes of states: a vector a token, and a weight for each token of a query.

use crate::format::Head;
use crate::linear::Linear;
use crate::vector::{affine, dot, unit};

/// A text as scores compare it. `[CLS]` and `[SEP]` are not in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    /// Token ids.
    pub(crate) ids: Vec<u32>,
    /// Vectors of length 1, one a token.
    pub(crate) tokens: Vec<f32>,
}

/// A query, with how much each of its tokens counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) text: Text,
    /// They sum to 1.
    pub(crate) weights: Vec<f32>,
    /// Of the embedder, of length 1.
    pub(crate) pooled: Vec<f32>,
}

impl Head {
    /// Length of a token's state.
    pub(crate) fn hidden(&self) -> usize {
        self.weight.weights.len()
    }

    /// Length of a token's vector.
    pub(crate) fn dimension(&self) -> usize {
        self.token.bias.len()
    }

    /// A text from its tokens' ids and states, special ones left out.
    pub(crate) fn text(&self, ids: &[u32], states: &[f32]) -> Text {
        let hidden = self.hidden();
        let mut tokens = Vec::with_capacity(ids.len() * self.dimension());
        for state in states.chunks_exact(hidden) {
            let start = tokens.len();
            affine(&self.token.weights, &self.token.bias, state, &mut tokens);
            unit(tokens.get_mut(start..).unwrap_or_default());
        }
        Text { ids: ids.to_vec(), tokens }
    }

    /// Weights of a query's tokens: softplus of a linear function of state and rarity, divided by their sum.
    pub(crate) fn weights(&self, ids: &[u32], states: &[f32]) -> Vec<f32> {
        let Linear { weights, bias } = &self.weight;
        let bias = bias.first().copied().unwrap_or_default();
        let mut raw: Vec<f32> = ids
            .iter()
            .zip(states.chunks_exact(self.hidden()))
            .map(|(&id, state)| {
                let idf = self.idf.get(id as usize).copied().unwrap_or_default();
                softplus(dot(weights, state) + bias + self.rarity * idf)
            })
            .collect();
        let sum: f32 = raw.iter().sum();
        if sum > 0.0 {
            raw.iter_mut().for_each(|weight| *weight /= sum);
        }
        raw
    }
}

/// ln(1 + e^x), without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::softplus;

    #[test]
    fn softplus_is_smooth_and_never_overflows() {
        assert!((softplus(0.0) - std::f32::consts::LN_2).abs() < 1e-6);
        assert_eq!(softplus(500.0), 500.0);
        assert_eq!(softplus(-500.0), 0.0);
    }
}
