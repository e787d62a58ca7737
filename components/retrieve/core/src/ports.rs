//! What this core needs from outside, and the handle through which it is called.

use gusset_chunk::{Chunk, Format, Options};

use crate::{Error, ModelMismatch, Store};

/// The embedding model that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Name, for people.
    pub id: String,
    /// Vectors are comparable if and only if their models' fingerprints are equal.
    pub fingerprint: String,
    /// Length of a vector.
    pub dimension: u32,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: u32,
}

/// Which side of a search a text is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What is asked.
    Query,
    /// What may be found.
    Passage,
}

/// Texts to vectors.
pub trait Embedder {
    /// The model that `embed` runs.
    fn model(&self) -> Model;

    /// `dimension` values a text, of L2 norm 1, one text after the other.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String>;
}

/// Documents to chunks.
pub trait Chunker {
    /// See [`gusset_chunk::split`].
    ///
    /// # Errors
    /// Which option is wrong, for people.
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String>;
}

/// Passages by how well each answers a query.
pub trait Reranker {
    /// Begins to read passages, in their order. Only what the search does not know already is wanted: not the similarity of the embedder's own vectors, for which a
    /// reranker over the same encoder would have to run all of it.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String>;
}

/// A reranking under way, in steps of some ten milliseconds at most.
pub trait Reranking {
    /// Does the next piece of work; whether there is more.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn step(&mut self) -> Result<bool, String>;

    /// One score a passage, higher is better; `None` for what is not read yet.
    fn scores(&self) -> Vec<Option<f32>>;
}

/// A clock that never goes back.
pub trait Clock {
    /// Milliseconds since whenever.
    fn now_ms(&self) -> u64;
}

/// Collections over a store. Cheap to make; keeps nothing between calls.
#[derive(Clone, Copy)]
pub struct Retrieve<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) embedder: &'a dyn Embedder,
    pub(crate) chunker: &'a dyn Chunker,
    pub(crate) reranker: Option<(&'a dyn Reranker, &'a dyn Clock)>,
}

impl<'a> Retrieve<'a> {
    /// Collections in `store`.
    #[must_use]
    pub fn new(store: &'a dyn Store, embedder: &'a dyn Embedder, chunker: &'a dyn Chunker) -> Self {
        Self { store, embedder, chunker, reranker: None }
    }

    /// The same with a reranker, and a clock to keep its deadlines.
    #[must_use]
    pub fn with_reranker(self, reranker: &'a dyn Reranker, clock: &'a dyn Clock) -> Self {
        Self { reranker: Some((reranker, clock)), ..self }
    }

    /// Vectors of a batch, checked for their number.
    pub(crate) fn embed(
        &self,
        texts: &[String],
        purpose: Purpose,
        dimension: usize,
    ) -> Result<Vec<f32>, Error> {
        let values = self.embedder.embed(texts, purpose).map_err(Error::Embedding)?;
        if values.len() != texts.len() * dimension {
            let (got, expected) = (values.len(), texts.len() * dimension);
            return Err(Error::Embedding(format!("{got} values came back where {expected} were expected")));
        }
        Ok(values)
    }

    /// Refuses to compare vectors of two models.
    pub(crate) fn guard(&self, fingerprint: &str, id: &str) -> Result<(), Error> {
        let running = self.embedder.model();
        if running.fingerprint == fingerprint {
            return Ok(());
        }
        Err(Error::ModelMismatch(Box::new(ModelMismatch {
            index_fingerprint: fingerprint.to_owned(),
            index_model: id.to_owned(),
            query_fingerprint: running.fingerprint,
            query_model: running.id,
        })))
    }
}
