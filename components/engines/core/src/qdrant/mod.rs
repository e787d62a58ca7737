//! Collections in Qdrant, over its REST interface.
//!
//! Each collection is one of Qdrant's own, named after tenant and name. It holds three kinds of points: one for the collection's settings, one for each document (its head), and
//! the passages, with a dense vector and a sparse one of terms. A document's head names the generation of its passages: they are written first, then the head, then
//! the generation before is deleted; what a search finds of another generation it leaves out. Qdrant has no transactions, so of two writers of one document at once the later head
//! counts, and what a crash leaves is taken out by the next writer of that document.
//!
//! Approximation: beyond some thousands of points Qdrant's own index finds the vectors. The sparse weights are BM25's with a typical length in the place of the average; they only choose
//! candidates, which are then scored exactly. Averages count what other processes wrote after a minute at the latest.

mod collections;
mod documents;
mod json;
mod points;
mod probe;
mod rest;
mod totals;
mod turns;

use crate::{Error, Names};
use gusset_retrieve::engine::{At, Doing, Engine, Head, Held, Probe, Record, Seen, Settings, Statistics};
use rest::Rest;
pub use rest::{ANSWER, ANSWER_BYTES, CONNECT, Server};
use totals::Cache;
use turns::Turns;

/// Collections in a server.
pub struct Qdrant<S> {
    rest: Rest<S>,
    totals: Cache,
    turns: Turns,
}

/// Whether `url` is one of a server.
///
/// # Errors
/// What is wrong with it.
pub fn check(url: &str) -> Result<(), Error> {
    rest::parse(url).map(drop)
}

// === impl Qdrant ===

impl<S: Server> Qdrant<S> {
    /// The server at `url`, opened with `key` where it wants one. Nothing is sent yet.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn new(server: S, url: &str, key: Option<&str>, names: Names) -> Result<Self, Error> {
        let rest = Rest::new(server, url, key, names)?;
        Ok(Self { rest, totals: Cache::default(), turns: Turns::default() })
    }

    /// Asks whether the server is there and lets this client in.
    ///
    /// # Errors
    /// Where it doesn't.
    pub async fn knock(&self) -> Result<(), Error> {
        self.rest.get("/collections").await.map(drop).map_err(|error| Error::Unusable(error.to_string()))
    }

    fn server(&self) -> &S {
        &self.rest.server
    }

    /// A number that nobody has, of the 53 bits that JSON keeps.
    fn number(&self) -> u64 {
        self.server().draw() >> 11
    }
}

impl<S: Server> Engine for Qdrant<S> {
    fn create<'a>(&'a self, tenant: &'a str, name: &'a str, settings: &'a Settings) -> Doing<'a, bool> {
        Box::pin(collections::create(self, tenant, name, settings))
    }

    fn settings<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, Option<(u64, Settings)>> {
        Box::pin(collections::settings_of(self, tenant, name))
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
        Box::pin(documents::replace(self, at, record))
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
