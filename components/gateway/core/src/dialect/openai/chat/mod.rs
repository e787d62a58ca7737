//! `POST /v1/chat/completions`.

mod answer;
mod content;
mod refused;
mod request;
mod response;
mod stream;
mod tools;
mod turn;

pub use answer::Answer;
pub use request::parse;
pub use response::reason;

#[cfg(test)]
mod tests;
