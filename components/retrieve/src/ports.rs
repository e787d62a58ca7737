//! The core's traits over the imports: `wasi:keyvalue`, `wasi:clocks`, `gusset:embed`, `gusset:chunk`, `gusset:rerank`.

use std::collections::HashMap;

use gusset_chunk::{Chunk, Format, Options};
use gusset_retrieve::{
    Chunker, Clock, Edit, Embedder, Model, Purpose, Reranker, Reranking, Retrieve, Store, StoreError,
};

use crate::bindings::exports::gusset::retrieve::collections::Error;
use crate::bindings::gusset::chunk::chunk;
use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::rerank::rerank;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};

/// The store that Gusset keeps everything in.
const BUCKET: &str = "default";

/// All imports, for the length of one call.
pub(crate) struct Imports {
    bucket: store::Bucket,
}

impl Imports {
    pub(crate) fn open() -> Result<Self, Error> {
        let bucket = store::open(BUCKET).map_err(|error| Error::Store(failure(error).0))?;
        Ok(Self { bucket })
    }

    pub(crate) fn core(&self) -> Retrieve<'_> {
        Retrieve::new(self, self, self).with_reranker(&Scoring, self)
    }
}

/// Calls the core once.
pub(crate) fn with_core<T>(
    call: impl FnOnce(Retrieve<'_>) -> Result<T, gusset_retrieve::Error>,
) -> Result<T, Error> {
    call(Imports::open()?.core()).map_err(Error::from)
}

impl Store for Imports {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.bucket.get(key).map_err(failure)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found: HashMap<_, _> =
            batch::get_many(&self.bucket, keys).map_err(failure)?.into_iter().collect();
        Ok(keys.iter().map(|key| found.remove(key).flatten()).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        batch::set_many(&self.bucket, &entries).map_err(failure)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        batch::delete_many(&self.bucket, keys).map_err(failure)
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let cas = atomics::Cas::new(&self.bucket, key).map_err(failure)?;
        let current = cas.current().map_err(failure)?;
        let Some(value) = change(current.as_deref()) else { return Ok(true) };
        match atomics::swap(cas, &value) {
            Ok(()) => Ok(true),
            Err(atomics::CasError::CasFailed(_)) => Ok(false),
            Err(atomics::CasError::StoreError(error)) => Err(failure(error)),
        }
    }
}

impl Embedder for Imports {
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

impl Chunker for Imports {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        match chunk::split(document, format.into(), options.into()) {
            Ok(chunks) => Ok(chunks.into_iter().map(Chunk::from).collect()),
            Err(chunk::Error::InvalidOptions(message) | chunk::Error::Embedding(message)) => Err(message),
        }
    }
}

impl Clock for Imports {
    fn now_ms(&self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }
}

/// The import that reads passages, which needs no store.
pub(crate) struct Scoring;

/// A session of the import.
struct Session(rerank::Session);

impl Reranker for Scoring {
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

fn failure(error: store::Error) -> StoreError {
    StoreError(match error {
        store::Error::NoSuchStore => format!("the host has no store {BUCKET:?}"),
        store::Error::AccessDenied => format!("the host denies access to the store {BUCKET:?}"),
        store::Error::Other(message) => message,
    })
}
