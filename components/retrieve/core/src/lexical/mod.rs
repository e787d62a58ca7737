//! The lexical side of an index: texts to terms, and terms to scores.

mod analyse;
pub(crate) mod bm25;
pub(crate) mod length;
pub(crate) mod lexicon;

pub use analyse::{Terms, analyse};
pub(crate) use length::Length;
