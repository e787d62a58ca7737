//! What a search is asked for.

use crate::filter::Condition;
use crate::{Error, names};

/// Most passages of one search.
const MAX_LIMIT: u32 = 1000;

/// What passages are ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Vectors and words together.
    #[default]
    Hybrid,
    /// Cosine of vectors alone.
    Dense,
    /// BM25 alone: passages without any word of the query are not found.
    Lexical,
}

/// What a search is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What to look for.
    pub text: String,
    /// Upper bound of passages: 1 to 1000.
    pub limit: u32,
    /// What passages are ranked by, before they are reranked.
    pub mode: Mode,
    /// Conditions that a document's metadata must all meet for its passages to count.
    pub filter: Vec<Condition>,
}

impl Query {
    /// A hybrid search without a filter.
    #[must_use]
    pub fn new(text: &str, limit: u32) -> Self {
        Self { text: text.to_owned(), limit, mode: Mode::Hybrid, filter: Vec::new() }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let limit = self.limit;
        names::check((1..=MAX_LIMIT).contains(&limit), || {
            format!("query.limit is {limit}; use 1 to {MAX_LIMIT}")
        })?;
        names::check(!self.text.trim().is_empty(), || "query.text is empty; say what to look for".to_owned())
    }
}
