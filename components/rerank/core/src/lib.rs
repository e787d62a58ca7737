//! Passages by how well each answers a query: late interaction over the embedder's encoder.
//!
//! A [`Reranker`] is an encoder (the embedder's blob, unchanged) and a small trained [`Head`] ([`mod@format`]). Query and passage are
//! encoded apart. After the lower layers each token of the query looks for its nearest in the passage (MaxSim, as in ColBERT, Khattab
//! and Zaharia 2020), weighted by how much it says; the best passages then go through the upper layers, whose pooled vector gives the
//! embedder's own similarity. [`score`] has the terms and their sum.
//!
//! A [`Session`] does this in steps of bounded work, and has a score for every passage that it came to whenever it is stopped. So
//! whoever has a clock keeps a deadline; here is none, nor any I/O, randomness or model file format.

mod apart;
mod error;
pub mod format;
mod head;
mod reranker;
mod score;
mod session;
mod vector;

pub use apart::{ReadPassage, ReadQuery};
pub use error::Error;
pub use format::Head;
pub use reranker::{ModelInfo, Options, Reranker};
pub use score::Terms;
pub use session::{Depth, Score, Session};
