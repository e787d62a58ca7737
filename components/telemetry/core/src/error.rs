//! What can go wrong with a trace that is to be kept. None of it may fail the request that was traced.

/// Why a trace could not be written or read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The store said no. Retrying may help.
    #[error("the trace store failed: {0}")]
    Store(String),
    /// What stands under a key is not what this version wrote.
    #[error("the record `{key}` is not a trace: {source}")]
    Malformed {
        /// Key of the record.
        key: String,
        /// What the decoder met.
        source: postcard::Error,
    },
}
