//! From WIT to the core's plain types and back. Total: every case of one side is a case of the other.
//!
//! Functions where both types are strangers to this crate, `From` where one is not.

mod answer;
mod collection;
mod error;
mod span;

pub(crate) use answer::{failure, opening, outcome};
pub(crate) use collection::{chunk_options, collection, condition, document, embeddings, format, model};
pub(crate) use error::{from_answering, from_collections, from_embedding, from_telemetry};
