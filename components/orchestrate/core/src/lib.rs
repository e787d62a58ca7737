//! Question to answer: whom to ask, the prompt within its budget, extraction, citations, and what a trace says of it.
//!
//! The decisions behind `gusset:orchestrate`. A shell searches, generates, streams and keeps the time; it
//!
//! 1. checks a [`Conversation`] and reads from its model's name whom to [`Ask`],
//! 2. numbers what the search found, lets a [`Draft`] be counted and [`Draft::fit`] to the context window,
//! 3. feeds the completion through a [`citations::Scanner`] as it passes by, or, where nothing can be generated, takes what
//!    [`extract()`] finds in the passages,
//! 4. records the spans that [`spans`] describes.
//!
//! Nothing here searches, generates, waits or reads a clock.

mod ask;
pub mod citations;
mod conversation;
mod error;
mod extract;
mod prompt;
pub mod spans;

pub use ask::{Ask, By, extractive_model, generated_model};
pub use conversation::{Conversation, Options};
pub use error::Error;
pub use extract::{Extract, Quote, extract};
pub use prompt::{Budget, Draft, Prompt, TokenCount};
