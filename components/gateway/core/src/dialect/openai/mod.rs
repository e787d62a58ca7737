//! OpenAI's API, as its reference and its official clients have it.
//!
//! Fields that Gusset doesn't know are passed over, since clients send many; fields that would change what the answer means
//! and aren't supported are refused by name, so that nobody gets an answer to another question than they asked.

pub mod chat;
pub mod embeddings;
pub mod files;
pub mod models;
pub mod responses;
pub mod vector_stores;
