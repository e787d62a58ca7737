//! Collections in Qdrant, over its REST interface.
//!
//! Each collection is one of Qdrant's own, named after tenant and name. It holds three kinds of points: one for the collection's settings, one for each document (its head), and
//! the passages, with a dense vector and a sparse one of terms. A document's head names the generation of its passages: they are written first, then the head, then
//! the generation before is deleted; what a search finds of another generation it leaves out. Qdrant has no transactions, so of two writers of one document at once the later head
//! counts, and what a crash leaves is taken out by the next writer of that document.
//!
//! Approximation: beyond some thousands of points Qdrant's own index finds the vectors. The sparse weights are BM25's with a typical length in the place of the average; they only choose
//! candidates, which are then scored exactly. Averages count what other processes wrote after a minute.

mod client;
mod collections;
mod documents;
mod points;
mod probe;
mod totals;
mod turns;

use client::Client;
use gusset_retrieve::engine::{
    At, Engine, EngineError, Head, Held, Probe, Record, Seen, Settings, Statistics,
};
use tokio::runtime::Handle;
use totals::Cache;
use turns::Turns;

/// A server.
pub struct Qdrant {
    client: Client,
    totals: Cache,
    turns: Turns,
    executor: Handle,
}

/// Why a server can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its URL isn't one.
    #[error("the URL of the server is not understood: {0}; write http://HOST:6333")]
    Url(String),
    /// It can't be reached.
    #[error("the server can't be used: {0}")]
    Unusable(String),
}

// === impl Qdrant ===

impl Qdrant {
    /// Whether `url` is one of a server.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(url: &str) -> Result<(), Error> {
        client::parse(url).map(drop)
    }

    /// Connects.
    ///
    /// # Errors
    /// Where it can't be reached, or refuses the key.
    pub async fn open(url: &str, key: Option<&str>) -> Result<Self, Error> {
        let client = Client::new(client::parse(url)?, key)?;
        client.get("/collections").await.map_err(|error| Error::Unusable(error.to_string()))?;
        Ok(Self { client, totals: Cache::default(), turns: Turns::default(), executor: Handle::current() })
    }
}

impl Engine for Qdrant {
    fn create(&self, tenant: &str, name: &str, settings: &Settings) -> Result<bool, EngineError> {
        self.executor.block_on(collections::create(self, tenant, name, settings))
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Held>, EngineError> {
        self.executor.block_on(collections::find(self, tenant, name))
    }

    fn list(&self, tenant: &str) -> Result<Vec<(String, Held)>, EngineError> {
        self.executor.block_on(collections::list(self, tenant))
    }

    fn delete(&self, tenant: &str, name: &str) -> Result<bool, EngineError> {
        self.executor.block_on(collections::delete(self, tenant, name))
    }

    fn replace(&self, at: At<'_>, record: &Record) -> Result<(), EngineError> {
        self.executor.block_on(documents::replace(self, at, record))
    }

    fn retitle(
        &self,
        at: At<'_>,
        content: [u8; 16],
        id: &str,
        title: &str,
        added_at: u64,
    ) -> Result<bool, EngineError> {
        self.executor.block_on(documents::retitle(self, at, content, (id, title, added_at)))
    }

    fn remove(&self, at: At<'_>, id: &str) -> Result<bool, EngineError> {
        self.executor.block_on(documents::remove(self, at, id))
    }

    fn head(&self, at: At<'_>, id: &str) -> Result<Option<Head>, EngineError> {
        self.executor.block_on(documents::head(self, at, id))
    }

    fn heads(&self, at: At<'_>, after: &str) -> Result<Vec<Head>, EngineError> {
        self.executor.block_on(documents::heads(self, at, after))
    }

    fn read(&self, at: At<'_>, id: &str) -> Result<Option<Record>, EngineError> {
        self.executor.block_on(documents::read(self, at, id))
    }

    fn statistics(&self, at: At<'_>, terms: &[u32]) -> Result<Statistics, EngineError> {
        self.executor.block_on(probe::statistics(self, at, terms))
    }

    fn probe(&self, at: At<'_>, probe: &Probe<'_>) -> Result<Vec<Seen>, EngineError> {
        self.executor.block_on(probe::probe(self, at, probe))
    }
}
