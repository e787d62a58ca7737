//! From the contract's types to the core's and back. One place for each, nothing decided.

use gusset_orchestrate as core;

use crate::bindings::exports::gusset::orchestrate::orchestrate::{Error, Groundedness, Options};
use crate::bindings::gusset::generate::generate::{Cause, Failure, TokenCount};
use crate::bindings::gusset::retrieve::{collections, retrieve};

impl From<Options> for core::Options {
    fn from(options: Options) -> Self {
        Self {
            passages: options.passages,
            context_tokens: options.context_tokens,
            answer_tokens: options.answer_tokens,
        }
    }
}

impl From<TokenCount> for core::TokenCount {
    fn from(count: TokenCount) -> Self {
        Self { tokens: count.tokens, exact: count.exact }
    }
}

impl From<core::Error> for Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::ContextExceeded { needed, available }
            | core::Error::PassagesExceeded { needed, available } => {
                Self::ContextExceeded((needed, available))
            }
            other => Self::InvalidRequest(other.to_string()),
        }
    }
}

impl From<collections::Error> for Error {
    fn from(error: collections::Error) -> Self {
        match error {
            collections::Error::InvalidRequest(message) => Self::InvalidRequest(message),
            collections::Error::ModelMismatch(mismatch) => Self::ModelMismatch(describe(&mismatch)),
            collections::Error::UnknownCollection(name) => Self::Retrieval(format!("no collection {name}")),
            collections::Error::CollectionExists(message)
            | collections::Error::Conflict(message)
            | collections::Error::Store(message)
            | collections::Error::Other(message) => Self::Retrieval(message),
        }
    }
}

fn describe(mismatch: &collections::ModelMismatch) -> String {
    format!(
        "the collection was made by {} ({}), and {} ({}) is running: index it anew, or run its model",
        mismatch.index_model, mismatch.index_fingerprint, mismatch.query_model, mismatch.query_fingerprint
    )
}

/// A retrieval error's name, for a trace.
pub(crate) fn retrieval_error(error: &collections::Error) -> &'static str {
    match error {
        collections::Error::UnknownCollection(_) => "unknown-collection",
        collections::Error::CollectionExists(_) => "collection-exists",
        collections::Error::ModelMismatch(_) => "model-mismatch",
        collections::Error::InvalidRequest(_) => "invalid-request",
        collections::Error::Conflict(_) => "conflict",
        collections::Error::Store(_) => "store",
        collections::Error::Other(_) => "other",
    }
}

/// What was done for a query, for a trace.
pub(crate) fn searched(query: String, note: retrieve::Note, found: usize) -> core::spans::Searched {
    let retrieve::Note { candidates, reranked, confidence, below_floor, degraded } = note;
    let degraded = degraded.map(|degraded| match degraded {
        retrieve::Degraded::Deadline => "deadline".to_owned(),
        retrieve::Degraded::Reranker(message) => message,
    });
    core::spans::Searched { query, candidates, reranked, confidence, below_floor, degraded, found }
}

impl From<core::grounding::Groundedness> for Groundedness {
    fn from(found: core::grounding::Groundedness) -> Self {
        let share = found.share();
        let core::grounding::Groundedness { sentences, cited, supported, judged: _ } = found;
        Self { share, sentences, cited, supported }
    }
}

/// A failure's cause, for a trace.
pub(crate) fn cause(failure: &Failure) -> &'static str {
    match failure.cause {
        Cause::InvalidRequest => "invalid-request",
        Cause::UnknownModel => "unknown-model",
        Cause::Unauthorized => "unauthorized",
        Cause::RateLimited => "rate-limited",
        Cause::Overloaded => "overloaded",
        Cause::Unreachable => "unreachable",
        Cause::TimedOut => "timed-out",
        Cause::Interrupted => "interrupted",
        Cause::Malformed => "malformed",
        Cause::Refused => "refused",
        Cause::Unsupported => "unsupported",
        Cause::CircuitOpen => "circuit-open",
        Cause::Internal => "internal",
    }
}
