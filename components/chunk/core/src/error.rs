//! Why a document can't be split.

/// Why a document can't be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `max-tokens` is zero or too large.
    #[error("max-tokens is {0}; it must be 1 to {max}", max = crate::MAX_TOKENS)]
    MaxTokens(u32),
    /// The overlap would leave no room for anything new.
    #[error("overlap-tokens is {overlap}; it must be below max-tokens, which is {max}")]
    Overlap {
        /// The overlap that was asked for.
        overlap: u32,
        /// The budget that was asked for.
        max: u32,
    },
    /// Offsets are 32 bits wide.
    #[error("the document has {0} bytes; at most 4294967295 can be addressed")]
    DocumentTooLarge(usize),
}
