//! Documents to a table of collections, on this machine's own processor: what `gusset bake` puts into a component.
//!
//! The index is the one that `retrieve` keeps in a key-value store, made by the same core into a store in memory and compacted, so that a search finds in it what
//! it finds there. The same documents give the same bytes: documents are dated by their files, never by the clock.

use crate::embedding::NativeEmbedder;
use gusset_baked_compiler::{Draft, TENANT};
use gusset_chunk::{Chunk, Format, Options, Tokenizer};
use gusset_retrieve::{Chunker, Document, Embedder, Model, Purpose, Retrieve};
use std::cell::RefCell;
use std::collections::HashMap;

/// Text that is embedded at once, before its documents are added one by one: enough for every core to have its share.
const AHEAD_BYTES: usize = 1 << 20;

/// Collections on their way into a component.
pub struct Baking<'a> {
    draft: Draft,
    model: Native<'a>,
}

/// Documents on their way into one of them.
pub struct Collection<'a> {
    baking: &'a Baking<'a>,
    name: String,
    options: Options,
    waiting: Vec<Document>,
    bytes: usize,
}

/// Why documents can't be baked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The index can't be made.
    #[error(transparent)]
    Index(#[from] gusset_retrieve::Error),
    /// It can't be put into a component.
    #[error(transparent)]
    Compiler(#[from] gusset_baked_compiler::Error),
}

/// What became of a document: its passages, or why it has none.
pub type Added = (Document, Result<u32, gusset_retrieve::Error>);

// === impl Baking ===

impl<'a> Baking<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new(embedder: &'a NativeEmbedder) -> Self {
        Self { draft: Draft::default(), model: Native { embedder, ahead: RefCell::default() } }
    }

    /// Begins a collection, as old as its newest document.
    ///
    /// # Errors
    /// The name can't be a collection's or is taken; the chunking can't be.
    pub fn collection(
        &'a self,
        name: &str,
        options: Options,
        created_at: u64,
    ) -> Result<Collection<'a>, Error> {
        self.core().create_collection(TENANT, name, &options, created_at, Vec::new())?;
        Ok(Collection { baking: self, name: name.to_owned(), options, waiting: Vec::new(), bytes: 0 })
    }

    /// The table of all that was added.
    ///
    /// # Errors
    /// It is too large.
    pub fn table(&self) -> Result<Vec<u8>, Error> {
        Ok(self.draft.table()?)
    }

    fn core(&self) -> Retrieve<'_> {
        Retrieve::new(&self.draft, &self.model, &self.model)
    }
}

// === impl Collection ===

impl Collection<'_> {
    /// Adds a document, or keeps it until there are enough to embed at once. Returns what became of those that were added.
    ///
    /// # Errors
    /// The model failed.
    pub fn add(&mut self, document: Document) -> Result<Vec<Added>, Error> {
        self.bytes += document.content.len();
        self.waiting.push(document);
        if self.bytes < AHEAD_BYTES { Ok(Vec::new()) } else { self.flush() }
    }

    /// Adds what waits, and compacts: no search reads more than it has to.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn finish(mut self) -> Result<Vec<Added>, Error> {
        let added = self.flush()?;
        self.baking.core().compact(TENANT, &self.name)?;
        Ok(added)
    }

    fn flush(&mut self) -> Result<Vec<Added>, Error> {
        self.bytes = 0;
        let documents = std::mem::take(&mut self.waiting);
        self.baking.model.look_ahead(&documents, &self.options);
        let core = self.baking.core();
        let put = |document: &Document| core.put_document(TENANT, &self.name, document.clone())?.finish();
        let mut added = Vec::with_capacity(documents.len());
        for document in documents {
            match put(&document) {
                Ok(info) => added.push((document, Ok(info.passages))),
                Err(error @ gusset_retrieve::Error::InvalidRequest(_)) => added.push((document, Err(error))),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(added)
    }
}

/// The native model as the core wants it, with the vectors of texts that it will be asked for.
struct Native<'a> {
    embedder: &'a NativeEmbedder,
    ahead: RefCell<HashMap<String, Vec<f32>>>,
}

// === impl Native ===

impl Native<'_> {
    /// Embeds the passages of some documents on all cores. The core asks for a few of one document at a time, which few cores have work with; a text has the same
    /// vector in every batch. What fails here fails again where it is asked for, and is said there.
    fn look_ahead(&self, documents: &[Document], options: &Options) {
        let chunks = documents.iter().filter_map(|document| {
            let chunks = self.split(&document.content, document.format, options).ok()?;
            Some(chunks.into_iter().filter(|chunk| chunk.tokens > 0).filter_map(|chunk| {
                chunk.text.or_else(|| {
                    document.content.get(chunk.start as usize..chunk.end as usize).map(str::to_owned)
                })
            }))
        });
        let mut texts: Vec<String> = chunks.flatten().collect();
        texts.sort_unstable_by_key(String::len);
        texts.dedup();
        let vectors = self.embed(&texts, Purpose::Passage).unwrap_or_default();
        let dimension = self.embedder.core().model().dimension;
        self.ahead.replace(texts.into_iter().zip(vectors.chunks(dimension).map(<[f32]>::to_vec)).collect());
    }
}

impl Embedder for Native<'_> {
    fn model(&self) -> Model {
        let model = self.embedder.core().model().clone();
        Model {
            id: model.id,
            fingerprint: model.fingerprint,
            dimension: model.dimension as u32,
            max_tokens: model.max_tokens as u32,
        }
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        let ahead = self.ahead.borrow();
        let known: Option<Vec<&Vec<f32>>> = match purpose {
            Purpose::Passage => texts.iter().map(|text| ahead.get(text)).collect(),
            Purpose::Query => None,
        };
        if let Some(known) = known.filter(|known| !known.is_empty()) {
            return Ok(known.into_iter().flatten().copied().collect());
        }
        let purpose = match purpose {
            Purpose::Query => gusset_embed::Purpose::Query,
            Purpose::Passage => gusset_embed::Purpose::Passage,
        };
        let embeddings = self.embedder.embed(texts, purpose).map_err(|error| error.to_string())?;
        Ok(embeddings.values)
    }
}

impl Chunker for Native<'_> {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        gusset_chunk::split_with(document, format, options, self, Some(self))
            .map_err(|error| error.to_string())
    }
}

impl gusset_chunk::Embedder for Native<'_> {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Embedder::embed(self, &texts, Purpose::Passage)
    }
}

impl Tokenizer for Native<'_> {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.embedder.tokenizer().offsets(text).into_iter().map(|offset| offset as u32).collect()
    }
}
