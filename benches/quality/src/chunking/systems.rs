//! Ours: a strategy of the chunk core, in a collection of the retrieval core, searched as it ships.

use std::cell::RefCell;
use std::collections::HashMap;

use gusset_chunk::{Chunk, Format, Options, Tokenizer};
use gusset_retrieve::{Chunker, Document, Embedder, Found, Mode, Model, Purpose, Query, Rerank, Retrieve};

use super::dense::{RETRIEVED, Retrieved};
use super::metrics::Span;
use crate::index::{COLLECTION, Index, TENANT, model};
use crate::memory::Memory;
use crate::models::Models;
use crate::texts::{Corpus, Texts};

/// Ways to search a collection, in the order of the table.
pub(super) const WAYS: [&str; 3] = ["dense", "hybrid", "reranked"];

/// A tokenizer for the chunk core.
struct Tokens<'a>(&'a gusset_embed::Tokenizer);

/// What the core calls while it indexes: it runs what isn't known yet.
struct Indexing<'a>(RefCell<&'a mut Models>);

/// What each question retrieves, for each of [`WAYS`].
///
/// # Errors
/// A model or a core fails.
pub(super) fn search(data: &Texts, models: &mut Models, options: &Options) -> anyhow::Result<Vec<Retrieved>> {
    let (index, all) = build(data, models, options)?;
    let texts: Vec<&str> = data.questions.iter().map(|question| question.text.as_str()).collect();
    models.embed_all(&texts, gusset_embed::Purpose::Query)?;
    compare(data, models, &index)?;
    let place = |found: Found| -> Vec<Span> {
        let places =
            found.hits.iter().map(|hit| (hit.passage.document.as_str(), hit.passage.start, hit.passage.end));
        places.filter_map(|place| span(data, place)).take(RETRIEVED).collect()
    };
    WAYS.iter()
        .map(|way| {
            let found = texts
                .iter()
                .map(|text| {
                    let found = index.search(models, &asked(way, text))?;
                    found.note.degraded.as_ref().map_or(Ok(()), |why| Err(anyhow::anyhow!("{why}")))?;
                    Ok(place(found))
                })
                .collect::<anyhow::Result<_>>()?;
            Ok((found, all.clone()))
        })
        .collect()
}

fn asked(way: &str, text: &str) -> Query {
    let query = Query { floor: 0.0, ..Query::new(text, RETRIEVED as u32) };
    match way {
        "dense" => Query { mode: Mode::Dense, ..query },
        "reranked" => Query { rerank: Some(Rerank { deadline_ms: None }), ..query },
        _ => query,
    }
}

/// A collection of all corpora, and where its chunks are.
fn build(data: &Texts, models: &mut Models, options: &Options) -> anyhow::Result<(Index, Vec<Span>)> {
    let store = Memory::default();
    let ports = Indexing(RefCell::new(models));
    let retrieve = Retrieve::new(&store, &ports, &ports);
    retrieve.create_collection(TENANT, COLLECTION, options, 0, Vec::new())?;
    let mut all = Vec::new();
    for (corpus, at) in data.corpora.iter().zip(0..) {
        let chunks = ports.split(&corpus.text, Format::Plain, options).map_err(anyhow::Error::msg)?;
        let range = |chunk: &Chunk| trimmed(corpus, chunk.start, chunk.end);
        all.extend(chunks.iter().map(|chunk| Span { corpus: at, range: range(chunk) }));
        let document = Document {
            id: corpus.name.clone(),
            title: String::new(),
            format: Format::Plain,
            content: corpus.text.clone(),
            added_at: 0,
            metadata: Vec::new(),
        };
        retrieve.put_document(TENANT, COLLECTION, document)?.finish()?;
    }
    Ok((Index { store }, all))
}

/// Has the reranker read what it will be asked about.
fn compare(data: &Texts, models: &mut Models, index: &Index) -> anyhow::Result<()> {
    let mut texts: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lists = Vec::new();
    for question in &data.questions {
        let asked = index.candidates(models, &asked("reranked", &question.text))?;
        let list = asked.into_iter().map(|passage| {
            *places.entry(passage).or_insert_with_key(|text| {
                texts.push(text.clone());
                texts.len() - 1
            })
        });
        lists.push((question.text.as_str(), list.collect::<Vec<_>>()));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    models.compare_all(&texts, &lists)
}

fn span(data: &Texts, (document, start, end): (&str, u32, u32)) -> Option<Span> {
    let at = data.corpora.iter().position(|corpus| corpus.name == document)?;
    let range = trimmed(data.corpora.get(at)?, start, end);
    Some(Span { corpus: at, range })
}

/// A chunk in characters, without the white space at its ends, as the report's chunkers have theirs.
fn trimmed(corpus: &Corpus, start: u32, end: u32) -> std::ops::Range<usize> {
    let (start, end) = (start as usize, end as usize);
    let text = corpus.text.get(start..end).unwrap_or_default();
    let from = start + (text.len() - text.trim_start().len());
    corpus.characters(&(from..(start + text.trim_end().len()).max(from)))
}

impl Tokenizer for Tokens<'_> {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.0.offsets(text).into_iter().map(|offset| offset as u32).collect()
    }
}

impl Embedder for Indexing<'_> {
    fn model(&self) -> Model {
        model(&self.0.borrow())
    }

    fn embed(&self, texts: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut models = self.0.borrow_mut();
        let passage = gusset_embed::Purpose::Passage;
        models.embed_all(&texts, passage).map_err(|error| error.to_string())?;
        let vectors: Option<Vec<&[f32]>> = texts.iter().map(|text| models.vector(text, passage)).collect();
        vectors.map(|vectors| vectors.concat()).ok_or_else(|| "a text has no vector".to_owned())
    }
}

impl gusset_chunk::Embedder for Indexing<'_> {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Embedder::embed(self, &texts, Purpose::Passage)
    }
}

impl Chunker for Indexing<'_> {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        let tokenizer = self.0.borrow().embedder().tokenizer().clone();
        gusset_chunk::split_with(document, format, options, &Tokens(&tokenizer), Some(self))
            .map_err(|error| error.to_string())
    }
}
