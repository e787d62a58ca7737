//! What a text is judged by, to the probability that it supports a statement.

use super::{coverage, denied};

/// What was seen of a statement in a text, numbers and names apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The reranker's score, without the cosine.
    pub rerank: f32,
    /// Share of the statement's words that the text has: 0 to 1.
    pub coverage: f32,
    /// Whether the text says the opposite, as far as negations show it.
    pub denied: bool,
}

// Fitted by logistic regression on half of the pairs of `gusset-quality groundedness`, the kinds and sets weighted alike; numbers and names apart.
const RERANK: f32 = 0.1238;
const COVERAGE: f32 = 2.735;
const INTERCEPT: f32 = -4.289;

/// What is left of a probability where the text denies the statement, or a number, date or name of it is nowhere in its texts.
const OTHERWISE: f32 = 0.1;

impl Evidence {
    /// What a text is to a statement, given the reranker's score without the cosine.
    #[must_use]
    pub fn of(statement: &str, text: &str, rerank: f32) -> Self {
        Self { rerank, coverage: coverage(statement, text), denied: denied(statement, text) }
    }

    /// That the text supports the statement, of whose numbers, dates and names so many are missing: 0 to 1.
    #[must_use]
    pub fn probability(self, missing: usize) -> f32 {
        let score = RERANK * self.rerank + COVERAGE * self.coverage + INTERCEPT;
        let left = if self.denied || missing > 0 { OTHERWISE } else { 1.0 };
        left / (1.0 + (-score).exp())
    }
}
