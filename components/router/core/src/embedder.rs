//! What the router needs of an embedding model.

/// Turns a text into a vector. The component's is `gusset:embed/embed`.
pub trait Embedder {
    /// Name of the model: `all-minilm-l6-v2`.
    fn model(&self) -> String;

    /// A vector of length 1 a text, in their order.
    ///
    /// # Errors
    /// Why the model could not be run, for people.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, String>;
}
