//! Existing engines in the place of the key-value store: everything that is decided about them, over a transport that somebody else brings.
//!
//! The map. [`postgres`] and [`qdrant`] implement [`gusset_retrieve::engine::Engine`]: statements and rows over a [`postgres::Database`], requests and bodies over a
//! [`qdrant::Server`]. [`Surroundings`] is what else they need from outside, [`Names`] what their settings are called there. [`migrate`] copies a collection from one place to
//! another and verifies it. What is not an engine's own (chunks, fusion, reranking, the fingerprint's guard, …) is the retrieval core's.

mod error;
pub mod migrate;
mod outside;
pub mod postgres;
pub mod qdrant;

pub use error::Error;
pub use outside::{Names, Surroundings};
