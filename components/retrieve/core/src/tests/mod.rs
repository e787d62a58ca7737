//! Collections over a store in memory: what they do, what crashes leave, what races lose (nothing).

mod compaction;
mod crashes;
mod memory;
mod operations;
mod races;
mod ranking;
mod scale;
mod schedules;
mod sections;

use gusset_chunk::{Chunk, Format, Options, Strategy};
use gusset_types::Passage;

use crate::{
    Chunker, Collection, Document, DocumentInfo, Embedder, Error, Model, Purpose, Query, Retrieve, Store,
};

pub(super) const TENANT: &str = "default";
pub(super) const DOCS: &str = "docs";

/// Words hashed into a bag, signs and all: texts that share words are near each other, equal texts equal.
pub(super) struct Words {
    pub(super) fingerprint: &'static str,
    pub(super) dimension: usize,
}

pub(super) const WORDS: Words = Words { fingerprint: "words-1", dimension: 384 };

impl Embedder for Words {
    fn model(&self) -> Model {
        let fingerprint = self.fingerprint.to_owned();
        Model { id: "words".to_owned(), fingerprint, dimension: self.dimension as u32, max_tokens: 256 }
    }

    fn embed(&self, texts: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        let mut all = Vec::new();
        for text in texts {
            let mut vector = vec![0.0_f32; self.dimension];
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                let mut state = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
                    (h ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
                });
                for value in &mut vector {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    *value += ((state >> 33) as f32 / (1_u64 << 30) as f32) - 1.0;
                }
            }
            let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
            all.extend(vector.into_iter().map(|value| value / norm));
        }
        Ok(all)
    }
}

/// The real chunker; its tokens are words.
pub(super) struct Chunks;

impl gusset_chunk::Tokenizer for Chunks {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        text.split_whitespace().map(|word| (word.as_ptr() as usize - text.as_ptr() as usize) as u32).collect()
    }
}

impl Chunker for Chunks {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        gusset_chunk::split(document, format, options, self).map_err(|error| error.to_string())
    }
}

pub(super) fn retrieve(store: &dyn Store) -> Retrieve<'_> {
    Retrieve::new(store, &WORDS, &Chunks)
}

pub(super) fn chunking() -> Options {
    Options {
        strategy: Strategy::Structural,
        max_tokens: 8,
        overlap_tokens: 0,
        parent_tokens: 0,
        context: false,
    }
}

pub(super) fn create(store: &dyn Store) -> Collection {
    retrieve(store).create_collection(TENANT, DOCS, &chunking(), 1, Vec::new()).unwrap()
}

pub(super) fn document(id: &str, content: &str) -> Document {
    Document {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        format: Format::Plain,
        content: content.to_owned(),
        added_at: 7,
        metadata: vec![("source".to_owned(), id.to_owned())],
    }
}

pub(super) fn put(store: &dyn Store, id: &str, content: &str) -> Result<DocumentInfo, Error> {
    retrieve(store).put_document(TENANT, DOCS, document(id, content))?.finish()
}

pub(super) fn search(store: &dyn Store, text: &str, limit: u32) -> Vec<Passage> {
    let found = retrieve(store).search(TENANT, DOCS, &Query::new(text, limit)).unwrap().finish().unwrap();
    found.hits.into_iter().map(|hit| hit.passage).collect()
}

/// Everything that can be found, as document and text in order.
pub(super) fn everything(store: &dyn Store) -> Vec<(String, String)> {
    let mut all: Vec<_> = search(store, "anything", 1000)
        .into_iter()
        .map(|passage| (passage.document, passage.start, passage.text))
        .collect();
    all.sort();
    let distinct = all.len();
    all.dedup();
    assert_eq!(all.len(), distinct, "a passage was found twice");
    let mut documents: Vec<(String, String)> = Vec::new();
    for (document, _, text) in all {
        match documents.last_mut().filter(|(last, _)| *last == document) {
            Some((_, whole)) => whole.push_str(&text),
            None => documents.push((document, text)),
        }
    }
    documents
}
