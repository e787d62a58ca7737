//! Collections in PostgreSQL with pgvector.
//!
//! A document is replaced in one transaction, and a search reads one snapshot, so it sees documents as they were or as they are. Words are found exactly: postings are a
//! table of our own terms, and BM25 is computed over all of them. Vectors are compared one by one up to 10,000 passages, and beyond that by an HNSW index, which is
//! this engine's approximation; filters are then applied as the index is walked.

mod collections;
mod connection;
mod documents;
mod index;
mod probe;
mod row;
mod schema;

use connection::{Lease, Pool};
use gusset_retrieve::engine::{
    At, Engine, EngineError, Head, Held, Probe, Record, Seen, Settings, Statistics,
};
use tokio::runtime::Handle;

/// A database.
pub struct Postgres {
    pool: Pool,
    /// What drives its connections: calls come from threads that may block.
    executor: Handle,
    /// Passages up to which a collection has no index over vectors.
    exact: u64,
}

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Its URL isn't one.
    #[error("the URL of the database is not understood: {0}; write postgres://USER@HOST:PORT/DATABASE")]
    Url(String),
    /// It can't be reached, or has none of the rights it takes.
    #[error("the database can't be used: {0}")]
    Unusable(String),
    /// It has no pgvector, or one that is too old.
    #[error(
        "the database has pgvector {found}, and {needed} or later is needed: filters would lose passages"
    )]
    Version {
        /// What it has.
        found: String,
        /// The first that will do.
        needed: &'static str,
    },
}

// === impl Postgres ===

impl Postgres {
    /// Whether `url` is one of a database.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(url: &str) -> Result<(), Error> {
        connection::parse(url, None).map(drop)
    }

    /// Connects, and makes what tables are missing.
    ///
    /// # Errors
    /// Where it can't be reached, or is too old, or may not be written.
    pub async fn open(url: &str, password: Option<&str>) -> Result<Self, Error> {
        let pool = Pool::new(connection::parse(url, password)?);
        let lease = pool.lease().await.map_err(|error| Error::Unusable(error.to_string()))?;
        schema::prepare(&lease).await?;
        drop(lease);
        Ok(Self { pool, executor: Handle::current(), exact: index::EXACT })
    }

    /// Compares vectors one by one up to so many passages of a collection, and beyond that has an index.
    #[must_use]
    pub fn exact_up_to(self, passages: u64) -> Self {
        Self { exact: passages, ..self }
    }

    /// Runs `work` on a connection and waits for it.
    fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut Lease<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.executor.block_on(async {
            let mut lease = self.pool.lease().await?;
            work(&mut lease).await
        })
    }
}

impl Engine for Postgres {
    fn create(&self, tenant: &str, name: &str, settings: &Settings) -> Result<bool, EngineError> {
        self.run(async |lease| collections::create(lease, tenant, name, settings).await)
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Held>, EngineError> {
        self.run(async |lease| collections::find(lease, tenant, name).await)
    }

    fn list(&self, tenant: &str) -> Result<Vec<(String, Held)>, EngineError> {
        self.run(async |lease| collections::list(lease, tenant).await)
    }

    fn delete(&self, tenant: &str, name: &str) -> Result<bool, EngineError> {
        self.run(async |lease| collections::delete(lease, tenant, name).await)
    }

    fn replace(&self, at: At<'_>, record: &Record) -> Result<(), EngineError> {
        self.run(async |lease| {
            let passages = documents::replace(lease, at, record).await?;
            if passages > self.exact {
                index::ensure(lease, at, record).await;
            }
            Ok(())
        })
    }

    fn retitle(
        &self,
        at: At<'_>,
        content: [u8; 16],
        id: &str,
        title: &str,
        added_at: u64,
    ) -> Result<bool, EngineError> {
        self.run(async |lease| documents::retitle(lease, at, content, (id, title, added_at)).await)
    }

    fn remove(&self, at: At<'_>, id: &str) -> Result<bool, EngineError> {
        self.run(async |lease| documents::remove(lease, at, id).await)
    }

    fn head(&self, at: At<'_>, id: &str) -> Result<Option<Head>, EngineError> {
        self.run(async |lease| documents::head(lease, at, id).await)
    }

    fn heads(&self, at: At<'_>, after: &str) -> Result<Vec<Head>, EngineError> {
        self.run(async |lease| documents::heads(lease, at, after).await)
    }

    fn read(&self, at: At<'_>, id: &str) -> Result<Option<Record>, EngineError> {
        self.run(async |lease| documents::read(lease, at, id).await)
    }

    fn statistics(&self, at: At<'_>, terms: &[u32]) -> Result<Statistics, EngineError> {
        self.run(async |lease| probe::statistics(lease, at, terms).await)
    }

    fn probe(&self, at: At<'_>, probe: &Probe<'_>) -> Result<Vec<Seen>, EngineError> {
        self.run(async |lease| probe::probe(lease, at, probe).await)
    }
}
