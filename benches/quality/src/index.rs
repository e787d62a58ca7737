//! A set as a collection of the retrieval core: a document a passage, vectors and reranker from the models' caches.

use std::cell::{Cell, RefCell};

use gusset_chunk::{Chunk, Format, Options, Strategy};
use gusset_retrieve::{
    Chunker, Clock, Document, Embedder, Found, Model, Purpose, Query, Reranker, Reranking, Retrieve,
};

use crate::memory::Memory;
use crate::models::Models;
use crate::set::Set;

pub(crate) const TENANT: &str = "quality";
pub(crate) const COLLECTION: &str = "set";

/// A set in a store.
pub struct Index {
    /// The store.
    pub store: Memory,
}

/// What the core calls, from the caches; and a clock by which the reranker takes a millisecond a passage.
struct Ports<'a>(&'a Models, Cell<u64>);

impl Index {
    /// Adds all documents of a set whose vectors are known.
    ///
    /// # Errors
    /// The core fails.
    pub fn build(set: &Set, models: &Models) -> anyhow::Result<Self> {
        let index = Self { store: Memory::default() };
        let ports = Ports(models, Cell::new(0));
        let retrieve = Retrieve::new(&index.store, &ports, &ports);
        let whole = Options {
            strategy: Strategy::Recursive,
            max_tokens: 254,
            overlap_tokens: 0,
            parent_tokens: 0,
            context: false,
        };
        retrieve.create_collection(TENANT, COLLECTION, &whole, 0, Vec::new())?;
        for (id, text) in &set.documents {
            let document = Document {
                id: id.clone(),
                title: String::new(),
                format: Format::Plain,
                content: text.clone(),
                added_at: 0,
                metadata: Vec::new(),
            };
            retrieve.put_document(TENANT, COLLECTION, document)?.finish()?;
        }
        Ok(index)
    }

    /// What a search would have its reranker read.
    ///
    /// # Errors
    /// The core fails.
    pub fn candidates(&self, models: &Models, query: &Query) -> anyhow::Result<Vec<String>> {
        let (ports, noting) = (Ports(models, Cell::new(0)), Noting::default());
        let retrieve = Retrieve::new(&self.store, &ports, &ports).with_reranker(&noting, &noting);
        retrieve.search(TENANT, COLLECTION, query)?.finish()?;
        Ok(noting.0.into_inner())
    }

    /// Searches; a pair that the reranker's cache lacks makes it fail, and the note says so.
    ///
    /// # Errors
    /// The core fails.
    pub fn search(&self, models: &Models, query: &Query) -> anyhow::Result<Found> {
        let ports = Ports(models, Cell::new(0));
        let retrieve = Retrieve::new(&self.store, &ports, &ports).with_reranker(&ports, &ports);
        Ok(retrieve.search(TENANT, COLLECTION, query)?.finish()?)
    }
}

/// The embedder's model, as the core is told.
pub(crate) fn model(models: &Models) -> Model {
    let model = models.embedder().model();
    Model {
        id: model.id.clone(),
        fingerprint: model.fingerprint.clone(),
        dimension: model.dimension as u32,
        max_tokens: model.max_tokens as u32,
    }
}

/// A reranker that only notes what it is asked about.
#[derive(Default)]
struct Noting(RefCell<Vec<String>>);

impl Clock for Noting {
    fn now_ms(&self) -> u64 {
        0
    }
}

impl Reranker for Noting {
    fn begin(&self, _: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        self.0.borrow_mut().extend_from_slice(passages);
        Err("only noted".to_owned())
    }
}

impl Embedder for Ports<'_> {
    fn model(&self) -> Model {
        model(self.0)
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        let purpose = match purpose {
            Purpose::Query => gusset_embed::Purpose::Query,
            Purpose::Passage => gusset_embed::Purpose::Passage,
        };
        let mut values = Vec::new();
        for text in texts {
            let vector = self.0.vector(text, purpose).ok_or("a text was not embedded beforehand")?;
            values.extend_from_slice(vector);
        }
        Ok(values)
    }
}

impl Chunker for Ports<'_> {
    fn split(&self, document: &str, _: Format, _: &Options) -> Result<Vec<Chunk>, String> {
        let whole = Chunk {
            start: 0,
            end: document.len() as u32,
            tokens: 1,
            headings: Vec::new(),
            text: None,
            parent: None,
            context: None,
        };
        Ok(vec![whole])
    }
}

impl Clock for Ports<'_> {
    fn now_ms(&self) -> u64 {
        self.1.get()
    }
}

impl Reranker for Ports<'_> {
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let score =
            |passage: &String| self.0.coarse(query, passage).map(Some).map_err(|error| error.to_string());
        let scores: Result<Vec<_>, String> = passages.iter().map(score).collect();
        Ok(Box::new(Known { scores: scores?, read: 0, clock: &self.1 }))
    }
}

/// A session that knows its scores beforehand.
struct Known<'a> {
    scores: Vec<Option<f32>>,
    read: usize,
    clock: &'a Cell<u64>,
}

impl Reranking for Known<'_> {
    fn step(&mut self) -> Result<bool, String> {
        self.clock.set(self.clock.get() + 1);
        self.read += 1;
        Ok(self.read < self.scores.len())
    }

    fn scores(&self) -> Vec<Option<f32>> {
        self.scores.iter().enumerate().map(|(at, &score)| score.filter(|_| at < self.read)).collect()
    }
}
