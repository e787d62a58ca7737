//! Google's `streamGenerateContent` (<https://ai.google.dev/api/generate-content>).

mod contents;
mod incoming;
mod listing;
mod outgoing;
mod reader;

pub(crate) use listing::parse_models;
pub(crate) use outgoing::{path, write};
pub(crate) use reader::Reader;
