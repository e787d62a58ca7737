//! Anthropic's messages (<https://docs.anthropic.com/en/api/messages>).

mod incoming;
mod outgoing;
mod reader;
mod thinking;
mod turns;

pub(crate) use outgoing::write;
pub(crate) use reader::Reader;
