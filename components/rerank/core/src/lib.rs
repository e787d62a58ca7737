//! Passages by how well each answers a query: late interaction over an embedder's encoder, or a cross-encoder.
//!
//! A [`Reranker`] is an encoder (a blob as the embedder has it) and a small trained head, which says what kind of reranker it is.
//!
//! *Late interaction* has a [`Head`] ([`mod@format`]) and the embedder's own blob, unchanged. Query and passage are
//! encoded apart. After the lower layers each token of the query looks for its nearest in the passage (MaxSim, as in ColBERT, Khattab
//! and Zaharia 2020), weighted by how much it says; the best passages then go through the upper layers, whose pooled vector gives the
//! embedder's own similarity. [`score`] has the terms and their sum.
//!
//! A *cross-encoder* ([`mod@cross`]) reads query and passage together, with all layers. It costs more, and any published one can be used.
//!
//! A [`Session`] does this in steps of bounded work, and has a score for every passage that it came to whenever it is stopped. So
//! whoever has a clock keeps a deadline; here is none, nor any I/O, randomness or model file format.

mod apart;
mod bytes;
pub mod cross;
mod error;
pub mod format;
mod head;
mod late;
mod linear;
mod reranker;
mod score;
mod steps;
mod vector;

pub use apart::{Apart, ReadPassage, ReadQuery};
pub use error::Error;
pub use format::Head;
pub use linear::Linear;
pub use reranker::{ModelInfo, Options, Reranker};
pub use score::Terms;
pub use steps::{Depth, Score, Session};
