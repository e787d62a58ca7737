//! Why the cache can't do what it was asked.

use crate::StoreError;

/// Why the cache can't do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Names the field and the remedy.
    #[error("{0}")]
    InvalidRequest(String),
    /// Other writers were faster too often.
    #[error("other writers changed {0} too often; try again")]
    Conflict(String),
    /// The store failed.
    #[error("the key-value store failed: {0}")]
    Store(#[from] StoreError),
    /// A value can't be written, or is not what this version writes.
    #[error("the value of {key} is unusable: {reason}")]
    Corrupt {
        /// Key of the value.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The model could not be run, or gave what it should not.
    #[error("embedding failed: {0}")]
    Embedding(String),
    /// The weights that ship are not what this version reads.
    #[error("the weights can't be read: {0}")]
    Weights(String),
}

/// Refuses what does not hold.
pub(crate) fn check(holds: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::InvalidRequest(message())) }
}
