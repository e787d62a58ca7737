//! What can go wrong with a model. Texts can't be wrong: any string has a vector.

/// A model that can't be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a blob.
    #[error("not a compiled embedding model: it doesn't start with the magic bytes")]
    NotAModel,
    /// A blob of another version of the format.
    #[error("compiled for format {found}, this build reads format {supported}: compile the model again")]
    Version {
        /// The blob's version.
        found: u32,
        /// The version that this build reads.
        supported: u32,
    },
    /// The blob ends too early or too late.
    #[error("the compiled model has {found} bytes where its header asks for {expected}")]
    Length {
        /// Bytes there should be.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A header that contradicts itself or what the engine can run. Names the field.
    #[error("the compiled model's header is unusable: {0}")]
    Header(&'static str),
    /// Static memory that f32 values can't be read from in place.
    #[error("the compiled model must start at a multiple of {0} bytes")]
    Misaligned(usize),
    /// A vocabulary that can't be used.
    #[error("the compiled model's vocabulary is unusable")]
    Vocabulary(#[from] gusset_tokenizer::Error),
    /// tract refused the graph or failed to run it.
    #[error("the inference engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn engine(source: tract_core::internal::TractError) -> Self {
        Error::Engine(source.into())
    }
}
