//! Retrieval over an existing engine: the core of the `retrieve` component, natively, with the engine in the place of the key-value store.
//!
//! The core computes between two calls of an engine, so each request runs on a thread that may block, and waits there.

mod keyvalue;
mod models;

use crate::config;
use crate::embedding::NativeEmbedder;
use crate::reranking::NativeReranker;
use gusset_generate::config::Secret;
use gusset_retrieve::engine::{Engine, Hosted};
pub use keyvalue::KeyValue;
use models::Models;
use std::sync::Arc;
use tokio::runtime::Handle;

/// An engine that any thread may use.
pub type Kept = dyn Engine + Send + Sync;

/// Collections in an engine, shared by all instances.
#[derive(Clone)]
pub struct Retrieval {
    engine: Arc<Kept>,
    models: Models,
}

/// Why an engine can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the engine of `retrieval.url` can't be used: {0}")]
pub struct Error(#[from] gusset_engines::Error);

/// Connects to the engine that the configuration names.
///
/// # Errors
/// Where it can't be used.
pub async fn open(engine: &config::Engine) -> Result<Arc<Kept>, Error> {
    let config::Engine { kind, url, api_key } = engine;
    let key = api_key.as_ref().map(Secret::expose);
    Ok(match kind {
        config::EngineKind::Postgres => Arc::new(gusset_engines_native::postgres(url, key).await?),
        config::EngineKind::Qdrant => Arc::new(gusset_engines_native::qdrant(url, key).await?),
    })
}

impl Retrieval {
    /// Over an engine, with the models that the host runs.
    #[must_use]
    pub fn new(engine: Arc<Kept>, embedder: NativeEmbedder, reranker: NativeReranker) -> Self {
        Self { engine, models: Models::new(embedder, reranker) }
    }

    /// Runs `work` where it may block.
    ///
    /// # Errors
    /// Where it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(Hosted<'_>) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let Self { engine, models } = self.clone();
        let executor = Handle::current();
        tokio::task::spawn_blocking(move || {
            let core = Hosted::new(&*engine, &models, &models).with_reranker(&models, &models);
            executor.block_on(work(core))
        })
        .await
    }
}
