//! `POST /v1/chat/completions`.

mod content;
mod refused;
mod request;
mod response;
mod stream;

pub use request::Request;
pub use response::{Completion, reason};
pub use stream::{Identity, Stream};

#[cfg(test)]
mod tests;
