//! What is known of a file.

use serde::{Deserialize, Serialize};

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// `file-` and 32 hexadecimal digits.
    pub id: String,
    /// As uploaded.
    pub filename: String,
    /// What OpenAI's API calls its use.
    pub purpose: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Unix time in seconds.
    pub created_at: u64,
    /// Its place in the order of the tenant's uploads, from 1.
    pub number: u64,
    /// How many parts its content has.
    pub parts: u32,
}
