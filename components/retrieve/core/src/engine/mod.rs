//! An existing engine in the place of the key-value store: what it does itself, and what it is given for it.
//!
//! An engine keeps documents with their passages, vectors and terms, and finds the passages nearest to a vector and those with most of some terms. What comes before (names,
//! the fingerprint's guard, chunks, vectors, terms) and after (fusion, reranking, floor, diversity, packing) is the code of the key-value way: [`Hosted`] puts the
//! two together. So what an engine returns has the scores that the key-value way would give it, and what can differ is which passages it looks at.

mod hosted;
mod kept;

use std::pin::Pin;

use gusset_types::Passage;

pub use crate::filter::{Clause, Fields};
use crate::{DocumentInfo, Error};
pub use hosted::{Hosted, Pause};
pub use kept::{Kept, Record, Settings, Vector};

/// Why an engine did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The collection was deleted meanwhile.
    #[error("the collection is gone")]
    Gone,
    /// Other writers of the document were faster too often.
    #[error("other writers were faster too often")]
    Conflict,
    /// It failed; says how, for people.
    #[error("{0}")]
    Failed(String),
}

/// A collection in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<'a> {
    /// Whose it is.
    pub tenant: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Tells the lives of a name apart; the engine's own number.
    pub incarnation: u64,
}

/// A collection as an engine has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The life that it is in.
    pub incarnation: u64,
    /// What it was created with.
    pub settings: Settings,
    /// Documents in it.
    pub documents: u32,
    /// Passages in it.
    pub passages: u32,
    /// Bytes of its documents as they were added.
    pub bytes: u64,
}

/// What BM25 needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Passages of the collection.
    pub passages: u64,
    /// Sum of their lengths.
    pub length: u64,
    /// In how many passages each term is, in the order of the terms that were asked for.
    pub frequencies: Vec<u64>,
}

/// What to look for: the passages that are best on either side, `count` of each, without those that don't meet all clauses.
#[derive(Clone, Debug)]
pub struct Probe<'a> {
    /// Of norm 1. Its inner product with a passage's vector is the cosine.
    pub vector: &'a [f32],
    /// Whether passages are looked for by their vectors; where not, only those with one of the terms are wanted.
    pub by_vector: bool,
    /// Terms to look for, each with its weight. A passage's lexical score is the sum over its terms of `weight · n / (n + base + slope · length)`, with `n` the times that the
    /// term occurs in it.
    pub terms: &'a [(u32, f32)],
    /// See `terms`.
    pub base: f32,
    /// See `terms`.
    pub slope: f32,
    /// Conditions that must all be met.
    pub clauses: &'a [Clause],
    /// Passages wanted of each side.
    pub count: u32,
}

/// A passage that an engine found.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The passage; its score doesn't matter.
    pub passage: Passage,
    /// Its place in the document.
    pub number: u32,
    /// Inner product of its vector and the probe's.
    pub cosine: f32,
    /// How often each of the probe's terms occurs in it.
    pub counts: Vec<u8>,
    /// As [`Kept::length`].
    pub length: u32,
}

/// A document without its passages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What is known of it.
    pub info: DocumentInfo,
    /// See [`Record::content`].
    pub content: [u8; 16],
}

/// Something that an engine does. Whoever runs it waits: natively on a thread that may block, in a component beside its other requests.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + 'a>>;

/// A search engine or database that keeps collections. Everything it has acknowledged, every later call sees.
pub trait Engine {
    /// Makes an empty collection. Whether the name was free.
    ///
    /// # Errors
    /// The engine failed.
    fn create<'a>(&'a self, tenant: &'a str, name: &'a str, settings: &'a Settings) -> Doing<'a, bool>;

    /// A collection; `None` where there is none.
    ///
    /// # Errors
    /// The engine failed.
    fn find<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, Option<Held>>;

    /// Which life a collection is in and what it was created with, for those who don't ask how much is in it; `None` where there is none.
    ///
    /// # Errors
    /// The engine failed.
    fn settings<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, Option<(u64, Settings)>> {
        Box::pin(async move {
            let held = self.find(tenant, name).await?;
            Ok(held.map(|held| (held.incarnation, held.settings)))
        })
    }

    /// All collections of a tenant, ascending by name.
    ///
    /// # Errors
    /// The engine failed.
    fn list<'a>(&'a self, tenant: &'a str) -> Doing<'a, Vec<(String, Held)>>;

    /// Deletes a collection with all that is in it. Whether there was one.
    ///
    /// # Errors
    /// The engine failed.
    fn delete<'a>(&'a self, tenant: &'a str, name: &'a str) -> Doing<'a, bool>;

    /// Makes a document what `record` is. Searches see it as it was or as it is.
    ///
    /// # Errors
    /// The collection is gone; other writers were faster; the engine failed.
    fn replace<'a>(&'a self, at: At<'a>, record: &'a Record) -> Doing<'a, ()>;

    /// Gives a document another title and another time, if its content is still `content`. Whether it is.
    ///
    /// # Errors
    /// The engine failed.
    fn retitle<'a>(
        &'a self,
        at: At<'a>,
        content: [u8; 16],
        id: &'a str,
        title: &'a str,
        added_at: u64,
    ) -> Doing<'a, bool>;

    /// Removes a document. Whether there was one.
    ///
    /// # Errors
    /// The collection is gone; the engine failed.
    fn remove<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, bool>;

    /// A document without its passages; `None` where there is none.
    ///
    /// # Errors
    /// The engine failed.
    fn head<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, Option<Head>>;

    /// Documents whose identifiers are above `after`, ascending by their bytes, at most a page of them; none at the end.
    ///
    /// # Errors
    /// The engine failed.
    fn heads<'a>(&'a self, at: At<'a>, after: &'a str) -> Doing<'a, Vec<Head>>;

    /// A document with all that is kept of it; `None` where there is none.
    ///
    /// # Errors
    /// The engine failed.
    fn read<'a>(&'a self, at: At<'a>, id: &'a str) -> Doing<'a, Option<Record>>;

    /// What BM25 needs to know of some terms.
    ///
    /// # Errors
    /// The engine failed.
    fn statistics<'a>(&'a self, at: At<'a>, terms: &'a [u32]) -> Doing<'a, Statistics>;

    /// The first stage of a search: each passage once, in any order.
    ///
    /// # Errors
    /// The engine failed.
    fn probe<'a>(&'a self, at: At<'a>, probe: &'a Probe<'a>) -> Doing<'a, Vec<Seen>>;
}

impl EngineError {
    /// In a collection of that name.
    #[must_use]
    pub fn within(self, name: &str) -> Error {
        match self {
            Self::Gone => Error::UnknownCollection(name.to_owned()),
            Self::Conflict => Error::Conflict(format!("documents of {name:?}")),
            Self::Failed(message) => Error::Engine(message),
        }
    }
}
