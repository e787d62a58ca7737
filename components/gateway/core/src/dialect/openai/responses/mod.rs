//! `/v1/responses`.
//!
//! A conversation is what [`Item`]s say, read the same way whether they came with the request or were kept from an earlier one.

mod answer;
mod event;
mod item;
mod kept;
mod object;
mod output;
mod refused;
mod request;
mod tools;

pub use answer::Answer;
pub use item::Item;
pub use kept::{deleted, input_items, response};
pub use object::Echo;
pub use request::Request;

/// What identities of responses begin with.
pub const PREFIX: &str = "resp_";

#[cfg(test)]
mod tests;
