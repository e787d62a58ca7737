//! The wire format of the OpenAI API, as vLLM, SGLang, llama.cpp, Ollama and the hosted providers speak it.
//!
//! Requests go out as [`completion`] and [`models`] build them; what comes back is read by [`Decoder`], [`refusal`] and
//! [`parse_models`]. Lenient about what is missing, strict about what would make an incomplete answer look complete.

mod body;
mod decoder;
mod fault;
mod listing;
mod outgoing;
mod sse;
#[cfg(test)]
mod tests;

pub use decoder::{Completion, Decoder};
pub use fault::{Fault, MAX_REFUSAL_BYTES, refusal};
pub use listing::{MAX_LISTING_BYTES, parse_models};
pub use outgoing::{completion, models};
