//! What can keep a request from its completion.

use crate::Failure;

/// Why there is no completion, or only a part of one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No target is configured, or none serves the model.
    #[error("no target serves the model; there are: {}", if .0.is_empty() { "none".to_owned() } else { .0.join(", ") })]
    NoTarget(Vec<String>),
    /// Every attempt failed, in order. After a first event: the last one broke.
    #[error("every target failed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Failed(Vec<Failure>),
    /// A node's configuration can't be used.
    #[error("`{field}`: {problem}; {remedy}")]
    Configuration {
        /// Which field, with the node's position: `nodes[0].url`.
        field: String,
        /// What is wrong with it.
        problem: String,
        /// What to write instead.
        remedy: String,
    },
}
