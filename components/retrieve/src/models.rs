//! What the core needs of models, chunks and time, over `gusset:embed`, `gusset:chunk`, `gusset:rerank` and `wasi:clocks`. Other shells that keep collections compile this
//! file against their own bindings.

use gusset_chunk::{Chunk, Format, Options};
use gusset_retrieve::{Chunker, Clock, Embedder, Model, Purpose, Reranker, Reranking};

use crate::bindings::gusset::chunk::chunk;
use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::rerank::rerank;
use crate::bindings::wasi::clocks::monotonic_clock;

/// The imports, which need nothing to be opened.
pub(crate) struct Models;

/// A session of the import.
struct Session(rerank::Session);

impl Embedder for Models {
    fn model(&self) -> Model {
        let embed::Model { id, fingerprint, dimension, max_tokens } = embed::model_info();
        Model { id, fingerprint, dimension, max_tokens }
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        let purpose = match purpose {
            Purpose::Query => embed::Purpose::Query,
            Purpose::Passage => embed::Purpose::Passage,
        };
        match embed::embed(texts, purpose) {
            Ok(embeddings) => Ok(embeddings.values),
            Err(embed::Error::Other(message)) => Err(message),
        }
    }
}

impl Chunker for Models {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        match chunk::split(document, format.into(), options.into()) {
            Ok(chunks) => Ok(chunks.into_iter().map(Chunk::from).collect()),
            Err(chunk::Error::InvalidOptions(message) | chunk::Error::Embedding(message)) => Err(message),
        }
    }
}

impl Clock for Models {
    fn now_ms(&self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }
}

impl Reranker for Models {
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let options = rerank::Options { passage_tokens: None, refine: Some(0) };
        match rerank::begin(query, passages, options) {
            Ok(session) => Ok(Box::new(Session(session))),
            Err(rerank::Error::Other(message)) => Err(message),
        }
    }
}

impl Reranking for Session {
    fn step(&mut self) -> Result<bool, String> {
        self.0.step().map_err(|rerank::Error::Other(message)| message)
    }

    fn scores(&self) -> Vec<Option<f32>> {
        let read = |score: &rerank::Score| (score.depth != rerank::Depth::Unread).then_some(score.value);
        self.0.scores().iter().map(read).collect()
    }
}
