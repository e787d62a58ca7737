//! Errors of the other components to the gateway's own.

use gusset_gateway::{Error, collection};

use super::failure;
use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::orchestrate::orchestrate;
use crate::bindings::gusset::retrieve::collections;
use crate::bindings::gusset::telemetry::telemetry;

/// `model` is what the request named.
pub(crate) fn from_answering(error: orchestrate::Error, model: &str) -> Error {
    match error {
        orchestrate::Error::UnknownModel(known) => Error::UnknownModel { model: model.to_owned(), known },
        orchestrate::Error::InvalidRequest(message) => Error::InvalidRequest(message),
        orchestrate::Error::ModelMismatch(message) => Error::ModelMismatch(message),
        orchestrate::Error::ContextExceeded((needed, available)) => {
            Error::ContextExceeded { needed, available }
        }
        orchestrate::Error::GenerationFailed(failures) => {
            Error::GenerationFailed(failures.into_iter().map(failure).collect())
        }
        orchestrate::Error::Interrupted(last) => Error::Interrupted(failure(last)),
        orchestrate::Error::Retrieval(message) => Error::Retrieval(message),
        orchestrate::Error::NotAllowed(message) => Error::NotAllowed(message),
        orchestrate::Error::NotCached => Error::NotCached,
    }
}

/// `name` is the collection that was asked for.
pub(crate) fn from_collections(error: collections::Error, name: &str) -> Error {
    match error {
        collections::Error::UnknownCollection(name) => {
            Error::NotFound { kind: "vector store", id: collection::id_of(&name) }
        }
        collections::Error::CollectionExists(name) => Error::AlreadyExists(name),
        collections::Error::ModelMismatch(m) => collection::mismatch(
            name,
            (&m.index_model, &m.index_fingerprint),
            (&m.query_model, &m.query_fingerprint),
        ),
        collections::Error::InvalidRequest(message) => Error::InvalidRequest(message),
        collections::Error::Conflict(message) => Error::Overloaded { message, retry_after: 1 },
        collections::Error::Store(message) => Error::Store(message),
        collections::Error::Other(message) => Error::Internal(message),
    }
}

pub(crate) fn from_embedding(embed::Error::Other(message): embed::Error) -> Error {
    Error::Internal(message)
}

pub(crate) fn from_telemetry(telemetry::Error::Store(message): telemetry::Error) -> Error {
    Error::Store(message)
}
