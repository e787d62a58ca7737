//! Anthropic's API, as its reference and its official clients have it.

pub mod error;
pub mod messages;
