//! What a search is asked for.

use gusset_types::Condition;

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
    /// Whether the best are reranked.
    pub rerank: Option<Rerank>,
    /// The least probability that the best passage answers, 0 to 1: below it nothing is found, rather than what is the least bad. [`Query::FLOOR`] is
    /// calibrated; zero is none.
    pub floor: f32,
    /// Whether passages are to differ: 0 only leaves out near-duplicates, up to 1 trades their scores for it; `None` lets all be.
    pub diversity: Option<f32>,
    /// Tokens of all passages together, at most.
    pub budget_tokens: Option<u32>,
}

/// How to rerank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rerank {
    /// Milliseconds from the beginning of the search after which no more is read; `None`: as long as it takes. A deadline that would be missed shrinks the list
    /// of what is read.
    pub deadline_ms: Option<u32>,
}

impl Default for Rerank {
    /// Within half a second: for the component on one core time for about a dozen passages of 128 tokens, natively for all fifty. Twelve give more than
    /// four fifths of what fifty gain on scifact and squad-dev (`gusset-quality retrieval`, the line `hurried`).
    fn default() -> Self {
        Self { deadline_ms: Some(500) }
    }
}

impl Query {
    /// A hybrid search, and nothing else.
    #[must_use]
    pub fn new(text: &str, limit: u32) -> Self {
        Self {
            text: text.to_owned(),
            limit,
            mode: Mode::Hybrid,
            filter: Vec::new(),
            rerank: None,
            floor: 0.0,
            diversity: None,
            budget_tokens: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let limit = self.limit;
        names::check((1..=MAX_LIMIT).contains(&limit), || {
            format!("query.limit is {limit}; use 1 to {MAX_LIMIT}")
        })?;
        let share = |name: &str, value: f32| {
            names::check((0.0..=1.0).contains(&value), || format!("query.{name} is {value}; use 0 to 1"))
        };
        share("floor", self.floor)?;
        share("diversity", self.diversity.unwrap_or_default())?;
        names::check(self.budget_tokens != Some(0), || {
            "query.budget-tokens is 0; use 1 or more, or leave it out".to_owned()
        })?;
        names::check(!self.text.trim().is_empty(), || "query.text is empty; say what to look for".to_owned())
    }
}
