//! The wire formats that callers speak: from their JSON to plain types, and back.
//!
//! Every dialect of conversation reads a body into the same [`Asked`] and a [`Form`], which remembers what of the request shapes its answer;
//! a [`Writer`] of that form writes the answer, whole or as it is made. So whoever carries a request from one to the other is the
//! same for all of them. What the dialects have in common stands here once: [`Content`](content), [conversations](turns), [images](image),
//! [bounds](checks), [the answer's blocks](blocks).
//!
//! A dialect knows nothing of HTTP but bodies, and nothing of the components behind the gateway but their plain types.

pub mod anthropic;
pub mod asked;
pub mod blocks;
pub mod gusset;
pub mod openai;
pub mod rerank;
pub mod style;
pub mod writer;

mod checks;
mod content;
mod extension;
mod image;
mod refused;
mod sse;
#[cfg(test)]
mod testing;
mod turns;

pub use asked::{Asked, Form};
pub use style::Style;
pub use writer::{Identity, Writer};
