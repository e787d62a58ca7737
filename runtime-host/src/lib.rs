//! The native host: serves the composed application, offloads generation, keeps its state.
//!
//! - [`config`]: `gusset.toml`, environment and flags to one validated value
//! - [`engine`]: how instances are allocated, how long they run, what they may use
//! - [`artefact`]: components compiled once and kept
//! - [`host`]: what an instance is given, one module an interface, over
//!   - [`state`]: the key-value store, on SQLite or in memory
//!   - [`offload`]: the generation servers
//!   - [`embedding`]: the embedding model, natively
//!   - [`retrieval`]: collections in an existing engine
//! - [`baking`]: documents to collections that are part of a component
//! - [`application`]: the composition, linked with all that
//! - [`server`]: HTTP in front of it
//! - [`runtime`]: all of it from a configuration and a component
//! - [`commands`]: the verbs of the `gusset` binary
//!
//! A test or a bench that wants the whole system in its own process starts with [`Runtime`].

pub mod application;
pub mod artefact;
pub mod baking;
mod bindings;
pub mod commands;
pub mod config;
pub mod descriptors;
pub mod embedding;
pub mod engine;
pub mod host;
pub mod offload;
pub mod reranking;
pub mod retrieval;
pub mod runtime;
pub mod server;
pub mod snapshot;
pub mod state;

pub use runtime::Runtime;
