//! What a search found, and how.

use gusset_types::Passage;

/// A passage with the scores of the stages that it went through.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The passage. Its score is the last stage's.
    pub passage: Passage,
    /// Cosine of its vector with the query's: -1 to 1.
    pub cosine: f32,
    /// Its BM25 as a share of what it would be if every word of the query occurred without end: 0 to 1.
    pub lexical: f32,
}
