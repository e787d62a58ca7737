//! The core's traits over what is in the same memory: the table, the embedder, the reranker. The clock is the one import.

use gusset_baked::{Baked, READ_ONLY};
use gusset_chunk::{Chunk, Format, Options};
use gusset_rerank as rerank;
use gusset_retrieve::{Chunker, Clock, Embedder, Model, Purpose, Reranker, Reranking, Retrieve};

use crate::bindings::exports::gusset::retrieve::collections::Error;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::table::table;

/// All of them, for the length of one call.
pub(crate) struct Local {
    store: Baked<'static>,
}

impl Local {
    pub(crate) fn open() -> Result<Self, Error> {
        let table = table().map_err(|error| Error::Store(error.to_string()))?;
        Ok(Self { store: Baked(table) })
    }

    pub(crate) fn core(&self) -> Retrieve<'_> {
        Retrieve::new(&self.store, self, self).with_reranker(self, self)
    }
}

impl Embedder for Local {
    fn model(&self) -> Model {
        // An unreadable model has no name; `embed` says why.
        let Ok(embedder) = gusset_embed_weights::embedder() else {
            return Model { id: String::new(), fingerprint: String::new(), dimension: 0, max_tokens: 0 };
        };
        let model = embedder.model().clone();
        Model {
            id: model.id,
            fingerprint: model.fingerprint,
            dimension: model.dimension as u32,
            max_tokens: model.max_tokens as u32,
        }
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let purpose = match purpose {
            Purpose::Query => gusset_embed::Purpose::Query,
            Purpose::Passage => gusset_embed::Purpose::Passage,
        };
        let embedder = gusset_embed_weights::embedder().map_err(ToString::to_string)?;
        let embeddings = embedder.embed(&texts, purpose).map_err(|error| error.to_string())?;
        Ok(embeddings.values)
    }
}

/// Only what is added is chunked.
impl Chunker for Local {
    fn split(&self, _: &str, _: Format, _: &Options) -> Result<Vec<Chunk>, String> {
        Err(READ_ONLY.to_owned())
    }
}

impl Clock for Local {
    fn now_ms(&self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }
}

/// A session of the reranker.
struct Session(rerank::Session<'static>);

impl Reranker for Local {
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let options = rerank::Options { passage_tokens: None, refine: Some(0) };
        let reranker = gusset_rerank_component::reranker().map_err(ToString::to_string)?;
        let session = reranker.begin(query, &passages, &options).map_err(|error| error.to_string())?;
        Ok(Box::new(Session(session)))
    }
}

impl Reranking for Session {
    fn step(&mut self) -> Result<bool, String> {
        self.0.step().map_err(|error| error.to_string())
    }

    fn scores(&self) -> Vec<Option<f32>> {
        let read = |score: &rerank::Score| (score.depth != rerank::Depth::Unread).then_some(score.value);
        self.0.scores().iter().map(read).collect()
    }
}
