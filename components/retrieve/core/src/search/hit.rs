//! What a search found, and how.

use gusset_types::Passage;

/// A passage with the scores of the stages that it went through.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The passage. [`Found::hits`] says what its score is.
    pub passage: Passage,
    /// Cosine of its vector with the query's: -1 to 1.
    pub cosine: f32,
    /// Its BM25 as a share of what it would be if every word of the query occurred without end: 0 to 1. In dense mode words are not looked at.
    pub lexical: f32,
    /// What the reranker gave; `None` for what it has not read.
    pub rerank: Option<f32>,
    /// That it answers the query, by the calibrated curve of its last stage: 0 to 1.
    pub probability: f32,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Best first. A passage's score is its cosine or BM25 where only that was asked for and nothing was reranked, otherwise its probability.
    pub hits: Vec<Hit>,
    /// What was done for it.
    pub note: Note,
}

/// What a search did, and what it left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// Passages that the first stage handed on.
    pub candidates: u32,
    /// How many of them the reranker read.
    pub reranked: u32,
    /// Probability that the best of them answers: 0 without candidates.
    pub confidence: f32,
    /// Whether there were candidates, but the best was below the floor.
    pub below_floor: bool,
    /// Why not all was done as asked.
    pub degraded: Option<Degraded>,
}

/// Why less was done than was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Degraded {
    /// There is no reranker.
    #[error("there is no reranker")]
    NoReranker,
    /// There was not enough time to read all candidates.
    #[error("the deadline of {deadline_ms} ms left time to rerank {read} of {candidates} candidates")]
    Deadline {
        /// As it was asked for.
        deadline_ms: u32,
        /// Candidates that were read.
        read: u32,
        /// All of them.
        candidates: u32,
    },
    /// The reranker failed, and says why.
    #[error("the reranker failed: {0}")]
    Failed(String),
}
