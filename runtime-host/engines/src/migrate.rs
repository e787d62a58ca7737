//! A collection from one place to another: copied document by document with its vectors, then verified.
//!
//! Nothing is embedded again, so both sides must be of the same model, and are: the copy is created with the fingerprint of the original. A document that is there already and
//! the same is left alone, so a migration that was broken off goes on where it was when it is begun again. Documents that only the copy has are removed.

use gusset_retrieve::engine::{At, Engine, EngineError, Hosted, Record, Settings};
use gusset_retrieve::{Chunker, Embedder, Error, Found, Mode, Model, Purpose, Query, Retrieve, Store};
use std::collections::BTreeMap;

/// Where a collection is kept.
#[derive(Clone, Copy)]
pub enum Side<'a> {
    /// In an engine.
    Engine(&'a dyn Engine),
    /// In the key-value store.
    Store(&'a dyn Store),
}

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Documents of the original.
    pub documents: usize,
    /// Their passages.
    pub passages: usize,
    /// Documents that were written.
    pub copied: usize,
    /// Documents that only the copy had, and that were removed.
    pub removed: usize,
    /// Queries that were asked on both sides.
    pub queries: usize,
    /// Passages that they found in the original, and how many of them in the copy.
    pub found: (usize, usize),
}

/// Why a collection was not migrated, or the copy is not what the original is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// One of the sides failed.
    #[error("the {side}: {error}")]
    Side {
        /// `original` or `copy`.
        side: &'static str,
        /// Why.
        error: Error,
    },
    /// There is a collection of that name, made by another model or split in another way.
    #[error("the copy exists with other settings ({0}): delete it, or copy to another place")]
    Settings(String),
    /// The copy differs after all.
    #[error("the copy is not the original: {0}")]
    Differs(String),
}

/// Queries asked on both sides.
const QUERIES: usize = 20;

/// Passages asked for by each.
const LIMIT: u32 = 10;

/// Share of passages that both sides must find. Beyond some thousands of passages both look approximately, each in its way.
const AGREEMENT: f64 = 0.8;

/// Copies a collection and verifies the copy: how many documents and passages there are, a digest of each document, and what a sample of queries finds.
///
/// # Errors
/// A side failed; the copy has other settings or is not the same in the end. What was copied stays, and copying again goes on.
pub fn migrate(
    from: Side<'_>,
    to: Side<'_>,
    tenant: &str,
    name: &str,
    mut progress: impl FnMut(&Report),
) -> Result<Report, Failure> {
    let original = |error| Failure::Side { side: "original", error };
    let copy = |error| Failure::Side { side: "copy", error };
    let mut source = Source::open(from, tenant, name).map_err(original)?;
    let settings = source.settings().clone();
    let stand_in = StandIn::new(&settings);
    let target = Target::open(to, tenant, name, &settings, &stand_in)?;
    let before = target.digests().map_err(copy)?;
    let mut report = Report::default();
    let mut digests = BTreeMap::new();
    let mut samples = Vec::new();
    while let Some(record) = source.next_record().map_err(original)? {
        let digest = record.digest();
        report.documents += 1;
        report.passages += record.passages.len();
        samples.extend(sample(&record, report.documents, samples.len()));
        if before.get(&record.info.id) != Some(&digest) {
            target.put(&record).map_err(copy)?;
            report.copied += 1;
        }
        digests.insert(record.info.id, digest);
        progress(&report);
    }
    for id in before.keys().filter(|id| !digests.contains_key(*id)) {
        target.remove(id).map_err(copy)?;
        report.removed += 1;
    }
    verify(&target, &digests, &report).map_err(|failure| failure.or(copy))?;
    for (text, vector) in samples {
        let stand_in = StandIn { query: vector, ..stand_in.clone() };
        let ask = |side: Side<'_>| side.search(&stand_in, tenant, name, &text);
        let (here, there) = (ask(from).map_err(original)?, ask(to).map_err(copy)?);
        report.queries += 1;
        report.found.0 += here.hits.len();
        report.found.1 += common(&here, &there);
    }
    let (found, both) = report.found;
    if (both as f64) < found as f64 * AGREEMENT {
        return Err(Failure::Differs(format!(
            "of {found} passages that {} queries find there, it finds {both}",
            report.queries
        )));
    }
    Ok(report)
}

/// Why a check ended.
enum Unverified {
    Failed(Error),
    Differs(String),
}

impl Unverified {
    fn or(self, side: impl FnOnce(Error) -> Failure) -> Failure {
        match self {
            Self::Failed(error) => side(error),
            Self::Differs(what) => Failure::Differs(what),
        }
    }
}

/// Reads the copy again, all of it.
fn verify(
    target: &Target<'_>,
    digests: &BTreeMap<String, [u8; 32]>,
    report: &Report,
) -> Result<(), Unverified> {
    let copied = target.digests().map_err(Unverified::Failed)?;
    for (id, digest) in digests {
        match copied.get(id) {
            Some(found) if found == digest => {}
            Some(_) => return Err(Unverified::Differs(format!("the document {id:?} reads differently"))),
            None => return Err(Unverified::Differs(format!("the document {id:?} is missing"))),
        }
    }
    let (documents, passages) = target.counts().map_err(Unverified::Failed)?;
    if (documents as usize, passages as usize) != (report.documents, report.passages) {
        return Err(Unverified::Differs(format!(
            "it counts {documents} documents and {passages} passages, and should {} and {}",
            report.documents, report.passages
        )));
    }
    Ok(())
}

/// A query like what a passage says, with the passage's own vector: no model is needed. The first of every so many documents, fewer and fewer as they come.
fn sample(record: &Record, number: usize, taken: usize) -> Option<(String, Vec<f32>)> {
    if taken >= QUERIES || !(number < QUERIES / 2 || number.is_power_of_two()) {
        return None;
    }
    let passage = record.passages.get(number % record.passages.len().max(1))?;
    let text: Vec<&str> = passage.text.split_whitespace().take(8).collect();
    (!text.is_empty()).then(|| (text.join(" "), passage.vector.values()))
}

fn common(here: &Found, there: &Found) -> usize {
    let place =
        |hit: &gusset_retrieve::Hit| (hit.passage.document.clone(), hit.passage.start, hit.passage.end);
    let there: Vec<_> = there.hits.iter().map(place).collect();
    here.hits.iter().filter(|hit| there.contains(&place(hit))).count()
}

// === sides ===

impl Side<'_> {
    fn search(self, model: &StandIn, tenant: &str, name: &str, text: &str) -> Result<Found, Error> {
        let query = Query { mode: Mode::Hybrid, ..Query::new(text, LIMIT) };
        match self {
            Side::Engine(engine) => Hosted::new(engine, model, model).search(tenant, name, &query),
            Side::Store(store) => Retrieve::new(store, model, model).search(tenant, name, &query)?.finish(),
        }
    }
}

/// All documents of a side, one after the other.
enum Source<'a> {
    Engine { engine: &'a dyn Engine, at: At<'a>, settings: Settings, after: String, ids: Vec<String> },
    Store { walk: Box<gusset_retrieve::Walk<'a>>, settings: Settings },
}

impl<'a> Source<'a> {
    fn open(side: Side<'a>, tenant: &'a str, name: &'a str) -> Result<Self, Error> {
        match side {
            Side::Engine(engine) => {
                let held = engine.find(tenant, name).map_err(|error| failed(error, name))?;
                let held = held.ok_or_else(|| Error::UnknownCollection(name.to_owned()))?;
                let at = At { tenant, name, incarnation: held.incarnation };
                Ok(Self::Engine {
                    engine,
                    at,
                    settings: held.settings,
                    after: String::new(),
                    ids: Vec::new(),
                })
            }
            Side::Store(store) => {
                static NOBODY: Nobody = Nobody;
                let walk = Box::new(Retrieve::new(store, &NOBODY, &NOBODY).walk(tenant, name)?);
                Ok(Self::Store { settings: walk.settings(), walk })
            }
        }
    }

    fn settings(&self) -> &Settings {
        match self {
            Self::Engine { settings, .. } | Self::Store { settings, .. } => settings,
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>, Error> {
        match self {
            Self::Store { walk, .. } => walk.next_record(),
            Self::Engine { engine, at, after, ids, .. } => loop {
                if ids.is_empty() {
                    let page = engine.heads(*at, after).map_err(|error| failed(error, at.name))?;
                    let Some(last) = page.last() else { return Ok(None) };
                    after.clone_from(&last.info.id);
                    ids.extend(page.into_iter().rev().map(|head| head.info.id));
                }
                let Some(id) = ids.pop() else { return Ok(None) };
                // One that was removed meanwhile is no document any more.
                if let Some(record) = engine.read(*at, &id).map_err(|error| failed(error, at.name))? {
                    return Ok(Some(record));
                }
            },
        }
    }
}

/// What is written to.
struct Target<'a> {
    side: Side<'a>,
    tenant: &'a str,
    name: &'a str,
    model: &'a StandIn,
    incarnation: u64,
}

impl<'a> Target<'a> {
    /// The collection, made now if there is none.
    fn open(
        side: Side<'a>,
        tenant: &'a str,
        name: &'a str,
        settings: &Settings,
        model: &'a StandIn,
    ) -> Result<Self, Failure> {
        let copy = |error| Failure::Side { side: "copy", error };
        if settings.chunking().parent_tokens > 0 {
            return Err(Failure::Settings(
                "its passages are in sections, which are not copied; index it anew".to_owned(),
            ));
        }
        let (found, incarnation) = match side {
            Side::Engine(engine) => {
                let failed = |error| copy(failed(error, name));
                engine.create(tenant, name, settings).map_err(failed)?;
                let held = engine.find(tenant, name).map_err(failed)?;
                let held = held.ok_or_else(|| copy(Error::UnknownCollection(name.to_owned())))?;
                (held.settings, held.incarnation)
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, model, model);
                if core.get_collection(tenant, name).map_err(copy)?.is_none() {
                    let metadata = settings.metadata.clone();
                    core.create_collection(tenant, name, &settings.chunking(), settings.created_at, metadata)
                        .map_err(copy)?;
                }
                (core.walk(tenant, name).map_err(copy)?.settings(), 0)
            }
        };
        if found.fingerprint != settings.fingerprint {
            return Err(Failure::Settings(format!("made by {}, not {}", found.model, settings.model)));
        }
        if found.chunking() != settings.chunking() {
            return Err(Failure::Settings("its documents are split in another way".to_owned()));
        }
        Ok(Self { side, tenant, name, model, incarnation })
    }

    fn at(&self) -> At<'a> {
        At { tenant: self.tenant, name: self.name, incarnation: self.incarnation }
    }

    /// A digest of each document.
    fn digests(&self) -> Result<BTreeMap<String, [u8; 32]>, Error> {
        let mut source = Source::open(self.side, self.tenant, self.name)?;
        let mut digests = BTreeMap::new();
        while let Some(record) = source.next_record()? {
            let digest = record.digest();
            digests.insert(record.info.id, digest);
        }
        Ok(digests)
    }

    fn counts(&self) -> Result<(u32, u32), Error> {
        let collection = match self.side {
            Side::Engine(engine) => {
                Hosted::new(engine, self.model, self.model).get_collection(self.tenant, self.name)?
            }
            Side::Store(store) => {
                Retrieve::new(store, self.model, self.model).get_collection(self.tenant, self.name)?
            }
        };
        collection
            .map(|found| (found.documents, found.passages))
            .ok_or_else(|| Error::UnknownCollection(self.name.to_owned()))
    }

    fn put(&self, record: &Record) -> Result<(), Error> {
        match self.side {
            Side::Engine(engine) => {
                engine.replace(self.at(), record).map_err(|error| failed(error, self.name))
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, self.model, self.model);
                core.import_document(self.tenant, self.name, record.clone()).map(drop)
            }
        }
    }

    fn remove(&self, id: &str) -> Result<(), Error> {
        match self.side {
            Side::Engine(engine) => {
                engine.remove(self.at(), id).map(drop).map_err(|error| failed(error, self.name))
            }
            Side::Store(store) => {
                let core = Retrieve::new(store, self.model, self.model);
                core.remove_document(self.tenant, self.name, id).map(drop)
            }
        }
    }
}

fn failed(error: EngineError, name: &str) -> Error {
    match error {
        EngineError::Gone => Error::UnknownCollection(name.to_owned()),
        other => Error::Engine(other.to_string()),
    }
}

// === models ===

/// The collection's model as far as a migration needs it: its name, and the vector of the one query that is asked.
#[derive(Clone)]
struct StandIn {
    model: Model,
    query: Vec<f32>,
}

/// No model at all: reading needs none.
struct Nobody;

impl StandIn {
    fn new(settings: &Settings) -> Self {
        let Settings { fingerprint, model, dimension, .. } = settings;
        let model = Model {
            id: model.clone(),
            fingerprint: fingerprint.clone(),
            dimension: *dimension,
            max_tokens: u32::MAX,
        };
        Self { model, query: Vec::new() }
    }
}

impl Embedder for StandIn {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn embed(&self, _: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        Ok(self.query.clone())
    }
}

impl Chunker for StandIn {
    fn split(
        &self,
        document: &str,
        _: gusset_chunk::Format,
        _: &gusset_chunk::Options,
    ) -> Result<Vec<gusset_chunk::Chunk>, String> {
        match document {
            // What is asked when a collection is created: whether the options are ones, which the original knows.
            "" => Ok(Vec::new()),
            _ => Err("a migration splits nothing".to_owned()),
        }
    }
}

impl Embedder for Nobody {
    fn model(&self) -> Model {
        Model { id: String::new(), fingerprint: String::new(), dimension: 0, max_tokens: 0 }
    }

    fn embed(&self, _: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        Err("there is no model".to_owned())
    }
}

impl Chunker for Nobody {
    fn split(
        &self,
        _: &str,
        _: gusset_chunk::Format,
        _: &gusset_chunk::Options,
    ) -> Result<Vec<gusset_chunk::Chunk>, String> {
        Err("a migration splits nothing".to_owned())
    }
}
