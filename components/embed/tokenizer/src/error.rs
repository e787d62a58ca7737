//! What can be wrong with a vocabulary. Tokenizing itself cannot fail.

use std::fmt;

/// A vocabulary that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A token that every BERT vocabulary has is missing.
    MissingToken(&'static str),
    /// A token stands on two lines, so that its id is not decided.
    DuplicateToken(String),
    /// More than 2^31 bytes of tokens.
    TooLarge,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::MissingToken(token) => write!(f, "the vocabulary has no `{token}`"),
            Error::DuplicateToken(token) => write!(f, "the vocabulary has `{token}` twice"),
            Error::TooLarge => write!(f, "the vocabulary is larger than 2 GiB"),
        }
    }
}

impl std::error::Error for Error {}
