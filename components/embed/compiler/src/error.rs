//! Why a model can't be compiled.

/// A model file or description that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ONNX graph is not a BERT encoder as far as it could be recognised.
    #[error(
        "node `{node}` ({operator}): expected {expected}; if this is a BERT encoder, give its model.safetensors instead"
    )]
    Unrecognised {
        /// The node's name, or that of its output where it has none.
        node: String,
        /// Its ONNX operator.
        operator: String,
        /// What a BERT encoder has there.
        expected: &'static str,
    },
    /// A value of the graph is neither computed nor stored.
    #[error("value `{0}` is neither computed by a node nor an initializer: export the model anew")]
    MissingValue(String),
    /// A tensor of another type, size or range than it must have.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A file that a model's folder must have isn't there.
    #[error("{file} is missing: {remedy}")]
    Missing {
        /// Its path in the folder.
        file: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file can't be read or written.
    #[error("{path}")]
    File {
        /// Where it is.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file can't be parsed.
    #[error("the {format} file can't be read, it is malformed or cut off: fetch it again or make it anew")]
    Malformed {
        /// Name of the format, or of the file.
        format: &'static str,
        /// The parser's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A setting of a published model that the engine can't run, or that contradicts another file.
    #[error("{file}, `{field}`: {problem}; {remedy}")]
    Setting {
        /// The file that has it.
        file: &'static str,
        /// Its name there.
        field: &'static str,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A description or configuration that contradicts the model.
    #[error("{0}")]
    Description(String),
    /// The result can't be loaded by the engine.
    #[error("the compiled model can't be used")]
    Engine(#[from] gusset_embed::Error),
    /// The result can't be loaded by the reranker.
    #[error("the compiled reranker can't be used")]
    Reranker(#[from] gusset_rerank::Error),
    /// The f32 model that the int8 one is compared with can't be run.
    #[error("the f32 model can't be run for comparison: {0}")]
    Reference(String),
}

impl Error {
    pub(crate) fn tensor(name: &str, problem: impl Into<String>) -> Self {
        Error::Tensor { name: name.to_owned(), problem: problem.into() }
    }
}
