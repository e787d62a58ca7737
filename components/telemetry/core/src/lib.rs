//! Spans, traces and their retention in a key-value store.
//!
//! - [`span`]: what a span and a trace's summary are;
//! - [`buffer`]: spans of the requests that are running, in memory and bounded;
//! - [`archive`]: traces that have ended, in a [`Store`], numbered, the oldest forgotten.
//!
//! Nothing here knows the time: spans come with theirs.

pub mod archive;
pub mod buffer;
mod error;
pub mod span;
mod store;

pub use archive::Archive;
pub use buffer::Buffer;
pub use error::Error;
pub use span::{Span, Status, Summary, Value};
pub use store::Store;
