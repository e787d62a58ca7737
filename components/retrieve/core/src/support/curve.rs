//! What a text is judged by, to the probability that it supports a statement.

/// What was seen of a statement in a text, numbers and names apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The reranker's score, without the cosine.
    pub rerank: f32,
    /// Share of the statement's words that the text has: 0 to 1.
    pub coverage: f32,
}

// Fitted by logistic regression on half of the pairs of `gusset-quality groundedness`, the kinds and sets weighted alike; numbers and names apart.
const RERANK: f32 = 0.1238;
const COVERAGE: f32 = 2.735;
const INTERCEPT: f32 = -4.289;

/// What is left of a probability where a number, date or name of the statement is nowhere in its texts.
const MISSING: f32 = 0.1;

impl Evidence {
    /// That the text supports the statement, of whose numbers, dates and names so many are missing: 0 to 1.
    #[must_use]
    pub fn probability(self, missing: usize) -> f32 {
        let score = RERANK * self.rerank + COVERAGE * self.coverage + INTERCEPT;
        let left = if missing > 0 { MISSING } else { 1.0 };
        left / (1.0 + (-score).exp())
    }
}
