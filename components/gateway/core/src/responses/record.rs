//! What is kept of an answer.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An answer with what it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// `resp_` and 32 hexadecimal digits.
    pub id: String,
    /// The record that it goes on from.
    pub previous: Option<String>,
    /// Unix time in seconds.
    pub created_at: u64,
    /// What its dialect keeps, which only it reads.
    pub content: Box<RawValue>,
}
