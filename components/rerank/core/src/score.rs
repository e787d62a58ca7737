//! The terms of a score, and their sum.
//!
//! With w the weights of the query's tokens, q and d the token vectors, n(i) how often query token i occurs in the passage:
//!
//! ```text
//! late   = Σ w(i) max_j q(i)·d(j)          exact = Σ w(i) n(i) / (n(i) + saturation)
//! cosine = of the embedder's vectors, after the upper layers
//! score  = late·mix.late + exact·mix.exact + cosine·mix.cosine
//! ```
//! A passage that has not been through the upper layers has a constant for the last summand. A text without tokens has 0 for
//! both other terms.

use crate::format::Head;
use crate::head::{Query, Text};
use crate::vector::affine;

/// Token vectors of a passage that a query token is compared with at once.
const BLOCK: usize = 4;

/// What a score is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Terms {
    /// Weighted similarity of each query token to its nearest in the passage: -1 to 1.
    pub late: f32,
    /// Weighted share of query tokens that the passage has: 0 to 1.
    pub exact: f32,
    /// Cosine of the embedder's vectors; `None` before the upper layers.
    pub cosine: Option<f32>,
}

impl Terms {
    /// The terms that the lower layers give.
    pub(crate) fn new(head: &Head, query: &Query, passage: &Text) -> Self {
        if query.text.ids.is_empty() || passage.ids.is_empty() {
            return Self::default();
        }
        let dimension = head.dimension();
        let (mut late, mut exact) = (0.0, 0.0);
        let tokens = query.text.tokens.chunks_exact(dimension);
        for ((vector, id), weight) in tokens.zip(&query.text.ids).zip(&query.weights) {
            late += weight * nearest(vector, &passage.tokens);
            let count = passage.ids.iter().filter(|other| *other == id).count() as f32;
            exact += weight * count / (count + head.saturation);
        }
        Self { late, exact, cosine: None }
    }

    /// Their sum: higher is better. Only scores of one query compare.
    pub fn sum(&self, head: &Head) -> f32 {
        self.lower(head) + self.cosine.map_or(head.unrefined, |cosine| cosine * head.mix.cosine)
    }

    /// The sum without the cosine: what decides who goes on to the upper layers.
    pub(crate) fn lower(&self, head: &Head) -> f32 {
        self.late * head.mix.late + self.exact * head.mix.exact
    }
}

/// The largest product of `vector` with any of `vectors`, which is not empty.
fn nearest(vector: &[f32], vectors: &[f32]) -> f32 {
    let width = vector.len();
    let mut products = Vec::with_capacity(BLOCK);
    let mut best = f32::NEG_INFINITY;
    for block in vectors.chunks(BLOCK * width) {
        products.clear();
        affine(block, &[], vector, &mut products);
        best = products.iter().copied().fold(best, f32::max);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Mix;

    fn head() -> Head {
        let linear =
            |outputs: usize| crate::Linear { weights: vec![1.0; 2 * outputs], bias: vec![0.0; outputs] };
        Head {
            token: linear(2),
            weight: linear(1),
            saturation: 1.0,
            mix: Mix { late: 10.0, exact: 1.0, cosine: 4.0 },
            unrefined: 1.0,
            ..Head::default()
        }
    }

    fn text(ids: &[u32], tokens: &[f32]) -> Text {
        Text { ids: ids.to_vec(), tokens: tokens.to_vec() }
    }

    #[test]
    fn terms_are_what_the_formulas_say() {
        let query = Query {
            text: text(&[7, 8], &[1.0, 0.0, 0.0, 1.0]),
            weights: vec![0.75, 0.25],
            pooled: Vec::new(),
        };
        let terms = Terms::new(&head(), &query, &text(&[7, 7, 9], &[0.6, 0.8, -1.0, 0.0, 0.8, 0.6]));
        assert_eq!(terms.late, 0.75 * 0.8 + 0.25 * 0.8);
        assert_eq!(terms.exact, 0.75 * 2.0 / 3.0);
        assert_eq!(terms.sum(&head()), 8.0 + 0.5 + 1.0);
        let refined = Terms { cosine: Some(0.5), ..terms };
        assert_eq!(refined.sum(&head()), 8.0 + 0.5 + 2.0);
    }

    #[test]
    fn texts_without_tokens_match_nothing() {
        let query = Query { text: text(&[7], &[1.0, 0.0]), weights: vec![1.0], pooled: Vec::new() };
        assert_eq!(Terms::new(&head(), &query, &Text::default()), Terms::default());
        assert_eq!(Terms::new(&head(), &Query::default(), &query.text), Terms::default());
    }
}
