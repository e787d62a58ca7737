//! Support for the tests of components, of their composition and of the served application.
//!
//! `artefacts` finds what `cargo xtask build` made; `host` and `wasmtime` serve it; `node` is a model server that fails
//! on request; `baked` has documents baked; `case` runs the folders of `tests/cases` against any server. Nothing here waits for time to pass: every
//! wait is for a condition, and has a deadline.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

pub mod artefacts;
pub mod baked;
pub mod case;
pub mod client;
pub mod documents;
pub mod host;
pub mod node;
pub mod postgres;
pub mod process;
pub mod qdrant;
pub mod rows;
pub mod sse;
pub mod wasmtime;

use std::time::Duration;

/// Longest wait for anything that has to happen. Reaching it is a failure, so it is generous: a loaded machine must not
/// fail a test.
pub const DEADLINE: Duration = Duration::from_secs(120);
