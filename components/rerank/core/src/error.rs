//! What can go wrong.

/// Why nothing was reranked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no head.
    #[error("not a reranker's head: {0}")]
    Head(&'static str),
    /// The head was trained over another encoder, or the same one quantised otherwise.
    #[error("the head belongs to the encoder {expected}, and {found} is here: compile it anew")]
    Encoder {
        /// Fingerprint of the encoder that the head was compiled for.
        expected: String,
        /// Fingerprint of the encoder that it was given.
        found: String,
    },
    /// The encoder failed.
    #[error("the encoder failed")]
    Encode(#[from] gusset_embed::Error),
}
