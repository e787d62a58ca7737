//! Retrieval over an existing engine: the core of the `retrieve` component, natively, with the engine in the place of the key-value store.
//!
//! The core calls an engine and waits for it, so every call runs on a thread that may block.

mod keyvalue;
mod models;

use crate::config;
use crate::embedding::NativeEmbedder;
use crate::reranking::NativeReranker;
use gusset_engines::postgres::{self, Postgres};
use gusset_engines::qdrant::{self, Qdrant};
use gusset_generate::config::Secret;
use gusset_retrieve::engine::{Engine, Hosted};
pub use keyvalue::KeyValue;
use models::Models;
use std::sync::Arc;

/// Collections in an engine, shared by all instances.
#[derive(Clone)]
pub struct Retrieval {
    engine: Arc<dyn Engine>,
    models: Models,
}

/// Why an engine can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL.
    #[error("`retrieval.url`: {0}")]
    Postgres(#[from] postgres::Error),
    /// Qdrant.
    #[error("`retrieval.url`: {0}")]
    Qdrant(#[from] qdrant::Error),
}

/// Connects to the engine that the configuration names.
///
/// # Errors
/// Where it can't be used.
pub async fn open(engine: &config::Engine) -> Result<Arc<dyn Engine>, Error> {
    let config::Engine { kind, url, api_key } = engine;
    let key = api_key.as_ref().map(Secret::expose);
    Ok(match kind {
        config::EngineKind::Postgres => Arc::new(Postgres::open(url, key).await?),
        config::EngineKind::Qdrant => Arc::new(Qdrant::open(url, key).await?),
    })
}

impl Retrieval {
    /// Over an engine, with the models that the host runs.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, embedder: NativeEmbedder, reranker: NativeReranker) -> Self {
        Self { engine, models: Models::new(embedder, reranker) }
    }

    /// Runs `work` where it may block.
    ///
    /// # Errors
    /// Where it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Hosted<'_>) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let Self { engine, models } = self.clone();
        tokio::task::spawn_blocking(move || {
            work(Hosted::new(&*engine, &models, &models).with_reranker(&models, &models))
        })
        .await
    }
}
