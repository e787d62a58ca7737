//! The reranker on this machine's own processor, over the encoder of [`crate::embedding`].

use crate::embedding::{self, NativeEmbedder};
use gusset_rerank::Reranker;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The compiled head's name, as a build leaves it beside the application.
const HEAD: &str = "rerank.head";

/// The name of its encoder, which is only read where it isn't the embedding model's.
const ENCODER: &str = "rerank.blob";

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
    /// It has an encoder of its own, which can't be loaded.
    #[error(transparent)]
    Encoder(#[from] embedding::Error),
    /// Its file holds no head that this version runs over its encoder.
    #[error("{path} is no reranker's head for its encoder")]
    Model {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: gusset_rerank::Error,
    },
}

// === impl NativeReranker ===

impl NativeReranker {
    /// The reranker whose files are in `folder`, over the embedding model that the host runs if that is its encoder.
    ///
    /// # Errors
    /// Where a file can't be read, or holds something else.
    pub fn load(embedder: &NativeEmbedder, folder: &Path) -> Result<Self, Error> {
        let path = folder.join(HEAD);
        let head = std::fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let made = match Reranker::new(Arc::clone(embedder.shared()), &head) {
            Err(gusset_rerank::Error::Encoder { .. }) => {
                let encoder = NativeEmbedder::load(&folder.join(ENCODER))?;
                Reranker::new(Arc::clone(encoder.shared()), &head)
            }
            made => made,
        };
        let reranker = made.map_err(|source| Error::Model { path, source })?;
        Ok(Self(Box::leak(Box::new(reranker))))
    }

    /// What it runs.
    #[must_use]
    pub fn core(self) -> &'static Reranker {
        self.0
    }
}
