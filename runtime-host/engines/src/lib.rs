//! Existing engines that the native host keeps collections in, and migration between them.
//!
//! The map: [`postgres`] and [`qdrant`] implement [`gusset_retrieve::engine::Engine`]; [`migrate`] copies a collection from one place to another and
//! verifies it. What is not an engine's own (chunks, fusion, reranking, …) is the retrieval core's. The core calls an engine and waits for it, so every call has to come from a
//! thread that may block.

pub mod migrate;
pub mod postgres;
pub mod qdrant;
