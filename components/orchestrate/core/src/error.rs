//! What keeps a question from being asked at all.

/// Why a request can't be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Names the field and the remedy.
    #[error("{0}")]
    InvalidRequest(String),
    /// The conversation does not fit the context window, with no passage and no earlier turn.
    #[error("the prompt needs {needed} tokens, and the context window has room for {available}")]
    ContextExceeded {
        /// Tokens of the shortest prompt there is.
        needed: u32,
        /// Tokens of the context window without the room for the answer.
        available: u32,
    },
    /// The question fits the context window, but not with the best passage beside it.
    #[error(
        "the question with one passage needs {needed} tokens, and the context window has room for {available}"
    )]
    PassagesExceeded {
        /// Tokens of the shortest prompt with a passage.
        needed: u32,
        /// Tokens of the context window without the room for the answer.
        available: u32,
    },
}
