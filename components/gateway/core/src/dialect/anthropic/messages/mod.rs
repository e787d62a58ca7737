//! `POST /v1/messages` and `POST /v1/messages/count_tokens`.

mod answer;
mod block;
mod refused;
mod request;
mod response;
mod tools;
mod turn;

pub use answer::Answer;
pub use request::{Counted, parse, parse_count};
pub use response::count;

#[cfg(test)]
mod tests;
