//! From a configuration and a component to a server at work, in the order in which it must happen.

use crate::application::{self, Application};
use crate::artefact::{self, Artefact};
use crate::config::{Config, Embed, guest_values};
use crate::embedding::{self, NativeEmbedder};
use crate::host::Shared;
use crate::offload::Offload;
use crate::reranking::{self, NativeReranker};
use crate::retrieval::{self, Retrieval};
use crate::server::{self, Server};
use crate::{engine, state};
use std::path::Path;
use std::sync::Arc;

/// An engine for one configuration.
pub struct Runtime {
    engine: wasmtime::Engine,
    config: Config,
}

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This machine can't run WebAssembly.
    #[error("no WebAssembly engine for this machine: {0}")]
    Engine(String),
    /// The component can't be read or compiled.
    #[error(transparent)]
    Artefact(#[from] artefact::Error),
    /// The component doesn't fit this host.
    #[error(transparent)]
    Application(#[from] application::Error),
    /// The embedding model can't be loaded.
    #[error(transparent)]
    Embedding(#[from] embedding::Error),
    /// The reranker can't be loaded.
    #[error(transparent)]
    Reranking(#[from] reranking::Error),
    /// The engine that collections are in can't be used.
    #[error(transparent)]
    Retrieval(#[from] retrieval::Error),
    /// The state can't be opened.
    #[error("the state can't be opened: {0}")]
    State(#[from] state::Error),
    /// The address can't be listened on.
    #[error(transparent)]
    Server(#[from] server::Error),
}

// === impl Runtime ===

impl Runtime {
    /// # Errors
    /// Where this machine can't run WebAssembly.
    pub fn new(config: Config) -> Result<Self, Error> {
        let (engine, allocation) =
            engine::build(&config.limits).map_err(|error| Error::Engine(format!("{error:#}")))?;
        tracing::debug!("instances are allocated {allocation:?}");
        Ok(Self { engine, config })
    }

    /// What it was made for.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// Reads the component at `path` and looks for its compiled form.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn artefact(&self, path: &Path) -> Result<Artefact, Error> {
        Ok(Artefact::find(&self.engine, path, self.config.cache.as_deref())?)
    }

    /// The application, linked: compiles it if it isn't yet, which blocks, and opens the state.
    ///
    /// # Errors
    /// Where the component is none for this host, or the state can't be opened.
    pub async fn application(&self, artefact: &Artefact) -> Result<Application, Error> {
        let (embedder, reranker) = match &self.config.embed {
            Embed::Component => (None, None),
            Embed::Native { model } => {
                let folder = artefact.path().parent().unwrap_or(Path::new(""));
                let model = model.clone().unwrap_or_else(|| folder.join(embedding::FILE));
                let embedder = NativeEmbedder::load(&model)?;
                let reranker = NativeReranker::load(&embedder, folder)?;
                (Some(embedder), Some(reranker))
            }
        };
        let connected = match &self.config.engine {
            Some(engine) => Some(retrieval::open(engine).await?),
            None => None,
        };
        let retrieval = connected.zip(embedder.clone().zip(reranker));
        let retrieval =
            retrieval.map(|(engine, (embedder, reranker))| Retrieval::new(engine, embedder, reranker));
        let component = artefact.load(&self.engine)?;
        let shared = Shared {
            state: state::open(&self.config.state).await?,
            config: guest_values(&self.config),
            offload: Offload::new(&self.config.nodes),
            embedder,
            reranker,
            retrieval,
        };
        Ok(Application::link(&component, Arc::new(shared), self.config.limits.instance_memory_bytes)?)
    }

    /// Serves the application until the server is stopped.
    ///
    /// # Errors
    /// Where the address can't be listened on.
    pub async fn serve(&self, application: Application) -> Result<Server, Error> {
        Ok(Server::start(application, &self.config).await?)
    }
}
