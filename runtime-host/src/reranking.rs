//! The reranker on this machine's own processor, over the encoder of [`crate::embedding`].

use crate::embedding::NativeEmbedder;
use gusset_rerank::Reranker;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The compiled head's name, as a build leaves it beside the application.
pub const FILE: &str = "rerank.head";

/// The reranker, shared by all instances. It stays for as long as the process, so that sessions need no owner.
#[derive(Clone, Copy, Debug)]
pub struct NativeReranker(&'static Reranker);

/// Why there is no reranker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its file can't be read.
    #[error("the reranker's head can't be read from {path} (`cargo xtask build` makes target/rerank.head)")]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// Why it can't be read.
        source: std::io::Error,
    },
    /// Its file holds no head that this version runs over the embedding model.
    #[error("{path} is no reranker's head for this embedding model")]
    Model {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: gusset_rerank::Error,
    },
}

// === impl NativeReranker ===

impl NativeReranker {
    /// The compiled head at `path`, over the embedding model that the host runs.
    ///
    /// # Errors
    /// Where it can't be read, or belongs to another model.
    pub fn load(embedder: &NativeEmbedder, path: &Path) -> Result<Self, Error> {
        let head = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let reranker = Reranker::new(Arc::clone(embedder.shared()), &head)
            .map_err(|source| Error::Model { path: path.to_owned(), source })?;
        Ok(Self(Box::leak(Box::new(reranker))))
    }

    /// What it runs.
    #[must_use]
    pub fn core(self) -> &'static Reranker {
        self.0
    }
}
