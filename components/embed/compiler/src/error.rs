//! Why a model can't be compiled.

/// A model file or description that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ONNX graph is not a BERT encoder as far as it could be recognised.
    #[error("node `{node}` ({operator}): expected {expected}")]
    Unrecognised {
        /// The node's name, or that of its output where it has none.
        node: String,
        /// Its ONNX operator.
        operator: String,
        /// What a BERT encoder has there.
        expected: &'static str,
    },
    /// A value of the graph is neither computed nor stored.
    #[error("value `{0}` is neither computed by a node nor an initializer")]
    MissingValue(String),
    /// A tensor of another type, size or range than it must have.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The file can't be parsed.
    #[error("not a readable {format} file")]
    Malformed {
        /// Name of the format.
        format: &'static str,
        /// The parser's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A description or configuration that contradicts the model.
    #[error("{0}")]
    Description(String),
    /// The result can't be loaded by the engine.
    #[error("the compiled model can't be used")]
    Engine(#[from] gusset_embed::Error),
}

impl Error {
    pub(crate) fn tensor(name: &str, problem: impl Into<String>) -> Self {
        Error::Tensor { name: name.to_owned(), problem: problem.into() }
    }
}
