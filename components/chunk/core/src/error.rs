//! Why a document can't be split.

/// Why a document can't be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `max-tokens` is zero or too large.
    #[error("max-tokens is {0}; it must be 1 to {max}", max = crate::MAX_TOKENS)]
    MaxTokens(u32),
    /// The overlap would leave no room for anything new.
    #[error("overlap-tokens is {overlap}; it must be below the {max} tokens that max-tokens leaves for text")]
    Overlap {
        /// The overlap that was asked for.
        overlap: u32,
        /// The budget that was asked for.
        max: u32,
    },
    /// A section that has no room for a chunk, or too much.
    #[error("parent-tokens is {parent}; it must be 0, or above max-tokens, which is {max}, and at most {most}", most = crate::MAX_TOKENS)]
    Parent {
        /// The budget of a section that was asked for.
        parent: u32,
        /// The budget of a chunk that was asked for.
        max: u32,
    },
    /// Overlap between chunks of which not they but their sections are returned.
    #[error("overlap-tokens is {0}; with parent-tokens it must be 0, since sections are returned whole")]
    ParentOverlap(u32),
    /// `semantic` without an embedder.
    #[error("strategy semantic needs an embedding model, and there is none here")]
    NoEmbedder,
    /// The embedder failed.
    #[error("strategy semantic: the embedding model failed: {0}")]
    Embedder(String),
    /// Offsets are 32 bits wide.
    #[error("the document has {0} bytes; at most 4294967295 can be addressed")]
    DocumentTooLarge(usize),
}
