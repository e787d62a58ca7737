//! Why a request to a collection fails.

use crate::StoreError;

/// Why a request to a collection fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No collection of that name in the tenant.
    #[error("there is no collection {0:?}")]
    UnknownCollection(String),
    /// The collection is in a format that is no longer read.
    #[error(
        "the collection {0:?} was written by an earlier version, in a format that is no longer read: delete it, create it again and add its documents"
    )]
    Outdated(String),
    /// The collection's name is taken.
    #[error("there is a collection {0:?} already")]
    CollectionExists(String),
    /// The collection was made by another model.
    #[error(transparent)]
    ModelMismatch(#[from] Box<ModelMismatch>),
    /// Names the field and the remedy.
    #[error("{0}")]
    InvalidRequest(String),
    /// Other writers were faster too often.
    #[error("other writers changed {0} too often; try again")]
    Conflict(String),
    /// The store failed.
    #[error("the key-value store failed: {0}")]
    Store(#[from] StoreError),
    /// The existing engine that the collection is kept in failed.
    #[error("the retrieval engine failed: {0}")]
    Engine(String),
    /// A value is not what this version writes.
    #[error("the value of {key} can't be read: {reason}")]
    Corrupt {
        /// Key of the value.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The model could not be run, or gave what it should not.
    #[error("embedding failed: {0}")]
    Embedding(String),
    /// The reranker could not be run, where nothing can be said without it.
    #[error("reranking failed: {0}")]
    Reranking(String),
}

/// The collection's model and the one that is running.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the collection was made by {index_model} (fingerprint {index_fingerprint}), but {query_model} \
     (fingerprint {query_fingerprint}) is running: index it anew, or run its model"
)]
pub struct ModelMismatch {
    /// Fingerprint of the collection's model.
    pub index_fingerprint: String,
    /// Its name.
    pub index_model: String,
    /// Fingerprint of the running model.
    pub query_fingerprint: String,
    /// Its name.
    pub query_model: String,
}
