//! What `semantic` asks about meaning.

/// The embedding model.
pub trait Embedder {
    /// Vectors of length 1, all of one dimension, one after the other in the order of the texts.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String>;
}
