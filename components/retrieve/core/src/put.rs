//! Adds or replaces a document, step by step: chunk, embed batch after batch, store (`store`).
//!
//! A step is what a caller may do other things after; see the crate's documentation for the order of writes and why it
//! is what makes a crash harmless.

mod given;
mod hosted;
mod store;

use gusset_chunk::{Format, Options};

use crate::collections::SPECIAL_TOKENS;
use crate::directory::{self, Entry, shard_of};
use crate::documents::describe;
use crate::filter::{Field, fields};
use crate::lexical::{self, lexicon};
use crate::manifest::{self, Live, Place};
use crate::quantise::quantise;
use crate::record::{Head, Passage};
use crate::segment::Vectors;
use crate::{Document, DocumentInfo, Error, Purpose, Retrieve, codec, names, passages, reuse, totals};

/// Passages embedded at once. Enough to keep the model's matrix products busy, few enough that others need not wait long.
const BATCH: usize = 16;

/// A document on its way into a collection.
pub struct PutDocument<'a> {
    retrieve: Retrieve<'a>,
    live: Live,
    place: Place,
    document: Document,
    bytes: u32,
    content: directory::ContentHash,
    fields: Vec<Field>,
    stage: Stage,
}

enum Stage {
    /// Is it there already?
    Compare,
    Chunk,
    /// Passages by ascending length; how many of them are embedded.
    Embed {
        passages: Vec<Passage>,
        order: Vec<usize>,
        vectors: Vec<Vectors>,
        done: usize,
    },
    Store {
        passages: Vec<Passage>,
        vectors: Vectors,
    },
}

impl<'a> Retrieve<'a> {
    /// Begins to add a document; nothing is written yet.
    ///
    /// # Errors
    /// No such collection, or made by another model; the document is not what it may be; the store failed.
    pub fn put_document(
        &self,
        tenant: &str,
        collection: &str,
        document: Document,
    ) -> Result<PutDocument<'a>, Error> {
        names::collection(tenant, collection)?;
        let bytes = check(&document)?;
        self.begin_put(tenant, collection, document, bytes, manifest::live(self.store, tenant, collection)?)
    }

    /// The same once all names are checked and the collection is known.
    fn begin_put(
        &self,
        tenant: &str,
        collection: &str,
        document: Document,
        bytes: u32,
        live: Live,
    ) -> Result<PutDocument<'a>, Error> {
        self.guard(&live.fingerprint, &live.model)?;
        let format = match document.format {
            Format::Plain => 0,
            Format::Markdown => 1,
            Format::Html => 2,
            Format::Code => 3,
            Format::Csv => 4,
            Format::Json => 5,
        };
        Ok(PutDocument {
            retrieve: *self,
            place: Place::new(tenant, collection, live.incarnation),
            live,
            content: directory::content_hash(format, &document.content),
            fields: fields(&document.metadata),
            document,
            bytes,
            stage: Stage::Compare,
        })
    }
}

/// Refuses what a document may not be. Its length in bytes.
fn check(document: &Document) -> Result<u32, Error> {
    names::document_id(&document.id)?;
    names::title(&document.title)?;
    names::metadata(&document.metadata)?;
    u32::try_from(document.content.len()).map_err(|_| {
        Error::InvalidRequest("document.content has more than 4 GiB; split the document".to_owned())
    })
}

impl PutDocument<'_> {
    /// Does the next piece of work. `Some` when the document is searchable and durable, and the work is done.
    ///
    /// # Errors
    /// The collection was deleted meanwhile; the model or the store failed; other writers of this document were faster too often. The
    /// document is then what it was before, or what it was to become.
    pub fn step(&mut self) -> Result<Option<DocumentInfo>, Error> {
        match &mut self.stage {
            Stage::Compare => {
                let entry = self.same_content()?;
                if let Some(info) = entry.as_ref().map(|entry| self.unchanged(entry)).transpose()?.flatten() {
                    return Ok(Some(info));
                }
                self.stage = match entry.map(|entry| self.known(&entry)).transpose()?.flatten() {
                    Some((passages, vectors)) => Stage::Store { passages, vectors },
                    None => Stage::Chunk,
                };
                Ok(None)
            }
            Stage::Chunk => {
                self.stage = self.chunk()?;
                Ok(None)
            }
            Stage::Embed { passages, order, vectors, done } => {
                let Some(batch) = order.get(*done..).filter(|rest| !rest.is_empty()) else {
                    self.stage = Stage::Store {
                        vectors: in_order(order, vectors, self.live.dimension as usize),
                        passages: std::mem::take(passages),
                    };
                    return Ok(None);
                };
                let batch = batch.get(..BATCH).unwrap_or(batch);
                let texts: Vec<_> = batch
                    .iter()
                    .filter_map(|&index| passages.get(index))
                    .map(|passage| format!("{}{}", passage.context, passage.text))
                    .collect();
                let dimension = self.live.dimension as usize;
                let values = self.retrieve.embed(&texts, Purpose::Passage, dimension)?;
                for (index, vector) in batch.iter().zip(values.chunks(dimension)) {
                    if let Some(Passage { text, headings, .. }) = passages.get(*index) {
                        vectors.push(passage_numbers(text, headings, vector));
                    }
                }
                *done += batch.len();
                Ok(None)
            }
            Stage::Store { passages, vectors } => {
                let (passages, vectors) = (std::mem::take(passages), std::mem::take(vectors));
                self.store(&passages, &vectors).map(Some)
            }
        }
    }

    /// All steps at once.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(mut self) -> Result<DocumentInfo, Error> {
        loop {
            if let Some(info) = self.step()? {
                return Ok(info);
            }
        }
    }

    fn head(&self) -> Head {
        let Document { title, added_at, metadata, .. } = &self.document;
        Head { title: title.clone(), added_at: *added_at, metadata: metadata.clone() }
    }

    /// The document as it is there, if its content is the same.
    fn same_content(&self) -> Result<Option<Entry>, Error> {
        let id = &self.document.id;
        let mut shard = directory::read(self.retrieve.store, &self.place.keys, shard_of(id))?;
        Ok(shard.entries.remove(id).filter(|entry| entry.content == self.content))
    }

    /// Whether the title is in the vectors, as it is with context, and is another one now.
    fn retitles(&self, head: &Head) -> bool {
        Options::from(self.live.chunking).context && head.title != self.document.title
    }

    /// The same passages would come of the same content: only what filters compare is written anew.
    fn known(&self, entry: &Entry) -> Result<Option<(Vec<Passage>, Vectors)>, Error> {
        let key = self.place.keys.head(entry.generation);
        let head =
            self.retrieve.store.get(&key)?.map(|head| codec::decode::<Head>(&key, &head)).transpose()?;
        if head.is_none_or(|head| self.retitles(&head)) {
            return Ok(None);
        }
        let dimension = self.live.dimension as usize;
        reuse::passages(self.retrieve.store, &self.place.keys, entry, dimension)
    }

    /// A document whose content and metadata are there already only gets its new head.
    fn unchanged(&self, entry: &Entry) -> Result<Option<DocumentInfo>, Error> {
        let (store, keys, id) = (self.retrieve.store, &self.place.keys, &self.document.id);
        let key = keys.head(entry.generation);
        // What filters compare stands beside the vectors.
        match store.get(&key)?.map(|head| codec::decode::<Head>(&key, &head)).transpose()? {
            Some(head) if head.metadata == self.document.metadata && !self.retitles(&head) => {}
            _ => return Ok(None),
        }
        store.set_many(vec![(key.clone(), codec::encode(&self.head())?)])?;
        let now = directory::read(store, keys, shard_of(id))?;
        if now.entries.get(id).is_none_or(|now| now.generation != entry.generation) {
            store.delete_many(&[key])?;
            return Ok(None);
        }
        // Makes up for a writer that crashed before it could.
        totals::merge(store, keys, shard_of(id), now.version, now.sums())?;
        self.place.check(store)?;
        Ok(Some(describe(id, entry, self.head())))
    }

    fn chunk(&self) -> Result<Stage, Error> {
        let options = Options::from(self.live.chunking);
        let content = &self.document.content;
        let chunks = self
            .retrieve
            .chunker
            .split(content, self.document.format, &options)
            .map_err(|message| Error::InvalidRequest(format!("chunking.{message}")))?;
        let room =
            self.retrieve.embedder.model().max_tokens.saturating_sub(SPECIAL_TOKENS + options.max_tokens);
        let title = if options.context { passages::title(&self.document.title, room) } else { String::new() };
        let passages = passages::of(chunks, content, &title);
        // Texts of like length make batches without padding.
        let mut order: Vec<_> = (0..passages.len()).collect();
        order.sort_by_key(|&index| passages.get(index).map(|passage| passage.tokens));
        Ok(Stage::Embed { vectors: Vec::with_capacity(passages.len()), passages, order, done: 0 })
    }
}

/// Vectors in the order of their passages.
fn in_order(order: &[usize], vectors: &[Vectors], dimension: usize) -> Vectors {
    let mut places: Vec<_> = order.iter().zip(vectors).collect();
    places.sort_unstable_by_key(|(index, _)| **index);
    let mut all = Vectors { dimension, ..Vectors::default() };
    for (_, vector) in places {
        all.scales.extend_from_slice(&vector.scales);
        all.lengths.extend_from_slice(&vector.lengths);
        all.values.extend_from_slice(&vector.values);
        all.lexicons.extend_from_slice(&vector.lexicons);
    }
    all
}

/// A passage as a segment keeps it: its vector, and the terms of its headings and text.
fn passage_numbers(text: &str, headings: &[String], vector: &[f32]) -> Vectors {
    let terms = lexical::analyse(&searched_text(text, headings));
    let mut values = Vec::with_capacity(vector.len());
    Vectors {
        dimension: vector.len(),
        scales: vec![quantise(vector, &mut values)],
        lengths: vec![lexical::length::encode(terms.length)],
        values,
        lexicons: vec![lexicon::encode(&terms)],
    }
}

/// What words are looked for in.
pub(crate) fn searched_text(text: &str, headings: &[String]) -> String {
    format!("{} {text}", headings.join(" "))
}
