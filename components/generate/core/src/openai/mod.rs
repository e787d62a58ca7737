//! OpenAI's chat completions, as vLLM, SGLang, llama.cpp, Ollama, Mistral and the hosted providers speak them
//! (<https://platform.openai.com/docs/api-reference/chat>).
//!
//! Lenient about what is missing, strict about what would make an incomplete answer look complete.

mod forms;
mod incoming;
mod listing;
mod outgoing;
mod piece;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use forms::{Function, Schema};
pub(crate) use listing::parse_models;
pub(crate) use outgoing::write;
pub(crate) use piece::address;
pub(crate) use reader::Reader;
