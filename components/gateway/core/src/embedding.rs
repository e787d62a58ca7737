//! The embedding model and its vectors, in plain types.

use serde::Serialize;

/// The model that is running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Name.
    pub id: String,
    /// Vectors are comparable if and only if their models' fingerprints are equal.
    pub fingerprint: String,
    /// Length of a vector.
    pub dimension: u32,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: u32,
}

/// Vectors of a batch, in the order of its texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    /// `dimension` values a text.
    pub values: Vec<f32>,
    /// Tokens of each text before truncation.
    pub tokens: Vec<u32>,
    /// For each text, whether its end was not seen by the model.
    pub truncated: Vec<bool>,
}

impl Embeddings {
    /// Adds the vectors of a following batch.
    pub fn append(&mut self, mut next: Self) {
        self.values.append(&mut next.values);
        self.tokens.append(&mut next.tokens);
        self.truncated.append(&mut next.truncated);
    }
}
