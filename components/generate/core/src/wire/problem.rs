//! Why a request can't be written for a target.

use crate::{Failure, Node};

/// Why a request can't be written for a target.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The target has no way to do it.
    Unsupported(String),
    /// A fault of ours.
    Unwritable(serde_json::Error),
}

impl Problem {
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }

    pub(super) fn into_failure(self, node: &Node) -> Failure {
        match self {
            Self::Unsupported(message) => Failure::unsupported(node.target(), message),
            Self::Unwritable(error) => Failure::internal(node.target(), error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable(error)
    }
}
