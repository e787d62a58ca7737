//! What retrieval needs of models, clock and chunker: the cores, natively.

use crate::embedding::NativeEmbedder;
use crate::reranking::NativeReranker;
use gusset_chunk::{Chunk, Format, Options};
use gusset_retrieve::{Chunker, Clock, Embedder, Model, Purpose, Reranker, Reranking};
use std::time::Instant;

/// The models that the host runs.
#[derive(Clone)]
pub(super) struct Models {
    embedder: NativeEmbedder,
    reranker: NativeReranker,
    started: Instant,
}

/// A session of the reranker.
struct Session<'a>(gusset_rerank::Session<'a>);

struct Tokenizer<'a>(&'a gusset_embed::Tokenizer);

// === impl Models ===

impl Models {
    pub(super) fn new(embedder: NativeEmbedder, reranker: NativeReranker) -> Self {
        Self { embedder, reranker, started: Instant::now() }
    }
}

impl Embedder for Models {
    fn model(&self) -> Model {
        let model = self.embedder.core().model();
        Model {
            id: model.id.clone(),
            fingerprint: model.fingerprint.clone(),
            dimension: narrow(model.dimension),
            max_tokens: narrow(model.max_tokens),
        }
    }

    fn embed(&self, texts: &[String], purpose: Purpose) -> Result<Vec<f32>, String> {
        let purpose = match purpose {
            Purpose::Query => gusset_embed::Purpose::Query,
            Purpose::Passage => gusset_embed::Purpose::Passage,
        };
        let embedded = self.embedder.embed(texts, purpose);
        embedded.map(|embeddings| embeddings.values).map_err(|error| error.to_string())
    }
}

impl Chunker for Models {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        let tokenizer = Tokenizer(self.embedder.tokenizer());
        gusset_chunk::split_with(document, format, options, &tokenizer, Some(self))
            .map_err(|error| error.to_string())
    }
}

impl gusset_chunk::Embedder for Models {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Embedder::embed(self, &texts, Purpose::Passage)
    }
}

impl gusset_chunk::Tokenizer for Tokenizer<'_> {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        self.0.offsets(text).into_iter().map(narrow).collect()
    }
}

impl Clock for Models {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Reranker for Models {
    fn begin(&self, query: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let options = gusset_rerank::Options { passage_tokens: None, refine: Some(0) };
        match self.reranker.core().begin(query, &passages, &options) {
            Ok(session) => Ok(Box::new(Session(session))),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Reranking for Session<'_> {
    fn step(&mut self) -> Result<bool, String> {
        self.0.step().map_err(|error| error.to_string())
    }

    fn scores(&self) -> Vec<Option<f32>> {
        let read = |score: gusset_rerank::Score| {
            (score.depth != gusset_rerank::Depth::Unread).then_some(score.value)
        };
        self.0.scores().into_iter().map(read).collect()
    }
}

/// Sizes that fit 32 bits wherever a component has them.
fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
