//! The public face: an encoder and a head, ready to score.

use std::sync::Arc;

use gusset_embed::Embedder;

use crate::apart::Apart;
use crate::error::Error;
use crate::format::Head;
use crate::steps::{Kind, Score, Session};
use crate::{cross, late};

/// What a reranker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name, for people.
    pub id: String,
    /// Hexadecimal sha256 over head and encoder.
    pub fingerprint: String,
    /// Longest query in tokens, special tokens included.
    pub query_tokens: usize,
    /// Longest passage in tokens, special tokens included. A cross-encoder reads so much of it after a query of one word, and less after
    /// a longer one.
    pub passage_tokens: usize,
}

/// How to rerank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Tokens that are read of each passage, special ones included, at most; `None`: as many as the model reads.
    pub passage_tokens: Option<usize>,
    /// Passages that go through the upper layers too, at most; `None`: as many as the head was tuned for. Of no meaning to a cross-encoder,
    /// which reads every passage with all layers.
    pub refine: Option<usize>,
}

/// A reranker, ready to run. Cheap to share by reference; runs on the caller's thread.
pub struct Reranker {
    info: ModelInfo,
    model: Model,
    /// May be shared with whoever embeds.
    embedder: Arc<Embedder>,
}

enum Model {
    Late(late::Model),
    Cross(cross::Model),
}

impl Reranker {
    /// A head over its encoder. What kind of reranker it makes is for the head to say.
    ///
    /// # Errors
    /// A head that isn't one, or that belongs to another encoder.
    pub fn new(embedder: impl Into<Arc<Embedder>>, head: &[u8]) -> Result<Self, Error> {
        let embedder = embedder.into();
        let belongs = |encoder: &str| {
            let found = &embedder.model().fingerprint;
            if encoder == found {
                return Ok(());
            }
            Err(Error::Encoder { expected: encoder.to_owned(), found: found.clone() })
        };
        if head.starts_with(cross::MAGIC) {
            let head = cross::Head::parse(head)?;
            belongs(&head.encoder)?;
            let model = cross::Model::new(&embedder, head)?;
            let info = ModelInfo {
                id: model.head.id.clone(),
                fingerprint: model.head.fingerprint.clone(),
                query_tokens: model.head.query_tokens,
                passage_tokens: model.passage_tokens(),
            };
            return Ok(Self { info, model: Model::Cross(model), embedder });
        }
        let head = Head::parse(head)?;
        belongs(&head.encoder)?;
        let info = ModelInfo {
            id: head.id.clone(),
            fingerprint: head.fingerprint.clone(),
            query_tokens: head.query_tokens,
            passage_tokens: head.passage_tokens.min(embedder.model().max_tokens),
        };
        let model = Model::Late(late::Model::new(&embedder, head)?);
        Ok(Self { info, model, embedder })
    }

    /// What this reranker is.
    pub fn model(&self) -> &ModelInfo {
        &self.info
    }

    /// A late-interaction reranker taken apart; `None` for a cross-encoder, which reads query and passage together.
    #[must_use]
    pub fn apart(&self) -> Option<Apart<'_>> {
        match &self.model {
            Model::Late(model) => Some(Apart { model, embedder: &self.embedder }),
            Model::Cross(_) => None,
        }
    }

    /// Begins to score passages, which are best given in the order of the search that found them: what an early end leaves out is
    /// the last of them.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn begin(&self, query: &str, passages: &[&str], options: &Options) -> Result<Session<'_>, Error> {
        Ok(Session(match &self.model {
            Model::Late(model) => {
                Kind::Late(late::Session::new(model, &self.embedder, query, passages, options)?)
            }
            Model::Cross(model) => {
                Kind::Cross(cross::Session::new(model, &self.embedder, query, passages, options))
            }
        }))
    }

    /// All at once: a score a passage, in their order.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn rank(&self, query: &str, passages: &[&str], options: &Options) -> Result<Vec<Score>, Error> {
        let mut session = self.begin(query, passages, options)?;
        while session.step()? {}
        Ok(session.scores())
    }
}

impl std::fmt::Debug for Reranker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reranker").field("info", &self.info).finish_non_exhaustive()
    }
}
