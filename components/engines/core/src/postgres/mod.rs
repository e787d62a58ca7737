//! Collections in PostgreSQL with pgvector.
//!
//! A document is replaced by one statement, so in one transaction, and a search reads one snapshot: it sees documents as they were or as they are. Words are found exactly:
//! postings are a table of our own terms, and BM25 is computed over all of them. Vectors are compared one by one up to 10,000 passages, and beyond that by an HNSW index, which is
//! this engine's approximation; filters are then applied as the index is walked.

mod address;
mod collections;
mod documents;
mod index;
mod json;
mod probe;
mod schema;
mod transport;

use crate::{Error, Names};
pub use address::address;
use gusset_retrieve::engine::{
    At, Doing, Engine, EngineError, Head, Held, Probe, Record, Seen, Settings, Statistics,
};
pub use transport::{Database, Failure, Session};

/// Collections in a database.
pub struct Postgres<D> {
    database: D,
    names: Names,
    /// Passages up to which a collection has no index over vectors.
    exact: u64,
}

// === impl Postgres ===

impl<D: Database> Postgres<D> {
    /// Over a database. Nothing is sent yet.
    #[must_use]
    pub fn new(database: D, names: Names) -> Self {
        Self { database, names, exact: index::EXACT }
    }

    /// Compares vectors one by one up to so many passages of a collection, and beyond that makes an index.
    #[must_use]
    pub fn exact_up_to(self, passages: u64) -> Self {
        Self { exact: passages, ..self }
    }

    /// Makes no index: for where nobody can wait until it is built. One that is there is used.
    #[must_use]
    pub fn without_index(self) -> Self {
        self.exact_up_to(u64::MAX)
    }

    /// Connects, and makes what tables and functions are missing. Where nobody calls this, the first change does it.
    ///
    /// # Errors
    /// Where it can't be reached, or is too old, or may not be written.
    pub async fn prepare(&self) -> Result<(), Error> {
        let session = self.database.session().await;
        let unusable = |failure: Failure| Error::Unusable(failure.told(self.names).to_string());
        schema::prepare(&mut session.map_err(unusable)?, self.names).await
    }

    /// The rows of a statement that changes nothing: none where nothing was ever kept.
    async fn read(&self, sql: &str, parameters: &[&str]) -> Result<Vec<String>, EngineError> {
        let told = |failure: Failure| failure.told(self.names);
        match self.database.session().await.map_err(told)?.query(sql, parameters).await {
            Err(failure) if failure.is_unprepared() => Ok(Vec::new()),
            rows => rows.map_err(told),
        }
    }

    /// The rows of a statement that changes something.
    async fn write(&self, sql: &str, parameters: &[&str]) -> Result<Vec<String>, EngineError> {
        let told = |failure: Failure| failure.told(self.names);
        let mut session = self.database.session().await.map_err(told)?;
        match session.query(sql, parameters).await {
            Err(failure) if failure.is_unprepared() => {}
            rows => return rows.map_err(told),
        }
        schema::prepare(&mut session, self.names)
            .await
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        session.query(sql, parameters).await.map_err(told)
    }
}

impl<D: Database> Engine for Postgres<D> {
    fn create<'a>(&'a self, tenant: &'a str, name: &'a str, settings: &'a Settings) -> Doing<'a, bool> {
        Box::pin(collections::create(self, tenant, name, settings))
    }

    fn find<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, Option<Held>> {
        Box::pin(collections::find(self, tenant, name))
    }

    fn list<'a>(&'a self, tenant: &'a str) -> Doing<'a, Vec<(String, Held)>> {
        Box::pin(collections::list(self, tenant))
    }

    fn delete<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, bool> {
        Box::pin(collections::delete(self, tenant, name))
    }

    fn replace<'a>(&'a self, at: At<'a>, record: &'a Record) -> Doing<'a, ()> {
        Box::pin(async move {
            if documents::replace(self, at, record).await? > self.exact {
                index::ensure(self, at, record).await;
            }
            Ok(())
        })
    }

    fn retitle<'a>(
        &'a self,
        at: At<'a>,
        content: [u8; 16],
        id: &'a str,
        title: &'a str,
        added_at: u64,
    ) -> Doing<'a, bool> {
        Box::pin(documents::retitle(self, at, content, (id, title, added_at)))
    }

    fn remove<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, bool> {
        Box::pin(documents::remove(self, at, id))
    }

    fn head<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, Option<Head>> {
        Box::pin(documents::head(self, at, id))
    }

    fn heads<'a>(&'a self, at: At<'a>, after: &'a str) -> Doing<'a, Vec<Head>> {
        Box::pin(documents::heads(self, at, after))
    }

    fn read<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, Option<Record>> {
        Box::pin(documents::read(self, at, id))
    }

    fn statistics<'a>(&'a self, at: At<'a>, terms: &'a [u32]) -> Doing<'a, Statistics> {
        Box::pin(probe::statistics(self, at, terms))
    }

    fn probe<'a>(&'a self, at: At<'a>, probe: &'a Probe<'a>) -> Doing<'a, Vec<Seen>> {
        Box::pin(probe::probe(self, at, probe))
    }
}
