//! Collections of documents, and search by words and vectors together, over any key-value store with compare-and-swap.
//!
//! The map. [`Retrieve`] is what a shell calls; it needs a [`Store`], an [`Embedder`] and a [`Chunker`], and for reranking a [`Reranker`] and a [`Clock`]. What is
//! stored, from the outside in: `catalogue` (which collections a tenant has), `manifest` (what a collection is), `directory` (which documents it has, in which
//! generation: the one truth about that), `totals` (how many), `segment` (vectors and words, as they come), `tier` (the same compacted: an inverted file and
//! postings), `record` (passages). `keys` says where each is kept. Operations: `collections`, `put`, `documents`, `search`, `compact`, and `walk`, which reads a whole
//! collection. [`engine`] is the same over an existing engine in the place of the store. What they compute with: `lexical` (words), `quantise` and `kernel` (vectors),
//! `filter` (metadata). Beside them, and without a collection, stands [`support`]: whether a text says what cites it.
//!
//! # Why two writers lose nothing, and a crash neither
//! Every change of a value that others may change is a compare-and-swap. A document is written in this order: vectors into segments, passages
//! under a generation of their own, then the document's entry in the directory. Only the last step makes it so; searches skip vectors
//! whose generation is not the one in the directory. What is replaced is cleaned up after that. A crash leaves
//! vectors and passages that nobody sees, never a document that is half there. Writers of one document are told apart by
//! generations, which a segment hands out when it is appended to, and fenced by the version of the directory that they started from.

mod catalogue;
mod codec;
mod collections;
mod compact;
mod directory;
mod documents;
pub mod engine;
mod error;
mod filter;
mod kernel;
mod keys;
mod lexical;
mod manifest;
mod names;
mod outdated;
mod passages;
mod ports;
mod put;
mod quantise;
mod record;
mod reuse;
mod search;
mod segment;
mod store;
pub mod support;
mod tier;
mod totals;
mod vectors;
mod walk;

#[cfg(test)]
mod tests;

pub use collections::Collection;
pub use documents::{Document, DocumentInfo};
pub use error::{Error, ModelMismatch};
pub use gusset_types::{Condition, Test};
pub use lexical::{Terms, analyse};
pub use ports::{Chunker, Clock, Embedder, Model, Purpose, Reranker, Reranking, Retrieve};
pub use put::PutDocument;
pub use search::{Degraded, Found, Hit, Mode, Note, Query, Rerank, Search};
pub use store::{Edit, Store, StoreError};
pub use support::{Claim, Support};
pub use walk::Walk;
