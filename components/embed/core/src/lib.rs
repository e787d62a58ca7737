//! Text embedding with an int8 BERT encoder: graph, kernels, pooling.
//!
//! A model arrives as one *blob*, made at build time by `gusset-embed-compiler`: int8 weights in the order in which the kernels
//! read them, scales, vocabulary, header ([`mod@format`]). Nothing of it is copied: the operators of the graph refer to the blob's own
//! memory (`weights`), so that a blob inside a component's data is shared by all instances of the component.
//!
//! [`Embedder`] is the entry. It runs a tract plan (`graph`) made of our own operators (`operators`), whose arithmetic is
//! in `kernels` (integers) and `math` (f32). Sequences of a batch are concatenated, never padded, and rows are quantised one by one, so
//! that a text's vector does not depend on what else is in the batch. Every kernel gives the same bits.
//!
//! No I/O, clock, randomness or environment here, and no model file format.

mod embedder;
mod error;
pub mod format;
mod graph;
mod kernels;
mod math;
mod operators;
mod pairs;
mod stages;
mod weights;

pub use embedder::{Embedder, Embeddings, ModelInfo, Purpose};
pub use error::Error;
pub use gusset_tokenizer::{Encoding, Tokenizer};
pub use pairs::Pairs;
pub use stages::Stages;
