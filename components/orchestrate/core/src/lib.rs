//! Question to answer: whom to ask, the prompt within its budget, extraction, citations, and what a trace says of it.
//!
//! The decisions behind `gusset:orchestrate`. A shell searches, generates, streams and keeps the time; it
//!
//! 1. reads the operator's [`Settings`] once, checks a [`Conversation`] and reads from its model's name whom to [`Ask`],
//! 2. asks the [`search`] module what to search for, and has it put together what was found; numbers that, lets a [`Draft`] be counted and [`Draft::fit`] to the context window,
//! 3. puts the request into the cache's and the router's terms ([`canonical`]), where the route's [`CacheRule`] lets it,
//! 4. feeds the completion through a [`citations::Scanner`] and a [`Recorder`] as it passes by, or, where nothing can be generated, takes what
//!    [`extract()`] finds in the passages,
//! 5. has the sentences of an answer judged by what they cite ([`grounding`]), and records the spans that [`spans`] describes.
//!
//! Nothing here searches, generates, waits or reads a clock.

mod agreement;
mod ask;
pub mod canonical;
pub mod citations;
mod conversation;
mod error;
mod extract;
pub mod grounding;
mod prompt;
mod recording;
pub mod search;
mod settings;
pub mod spans;

pub use agreement::agree;
pub use ask::{Ask, By, extractive_model, generated_model};
pub use conversation::{Conversation, Options};
pub use error::Error;
pub use extract::{Extract, Quote, extract};
pub use prompt::{Budget, Draft, Prompt, TokenCount, prompt_tokens};
pub use recording::{Recorder, Recording, Uncacheable};
pub use settings::{CacheRule, CacheSettings, Generation, Settings};
