//! The public face: an encoder and a head, ready to score.

use gusset_embed::{Embedder, Encoding, Stages};

use crate::error::Error;
use crate::format::Head;
use crate::session::{Score, Session};

/// What a reranker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name, for people.
    pub id: String,
    /// Hexadecimal sha256 over head and encoder.
    pub fingerprint: String,
    /// Longest query in tokens, special tokens included.
    pub query_tokens: usize,
    /// Longest passage in tokens, special tokens included.
    pub passage_tokens: usize,
}

/// How to rerank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Tokens that are read of each passage, special ones included, at most; `None`: as many as the model reads.
    pub passage_tokens: Option<usize>,
    /// Passages that go through the upper layers too, at most; `None`: as many as the head was tuned for.
    pub refine: Option<usize>,
}

/// A reranker, ready to run. Cheap to share by reference; runs on the caller's thread.
pub struct Reranker {
    info: ModelInfo,
    pub(crate) head: Head,
    pub(crate) stages: Stages,
    embedder: Embedder,
}

impl Reranker {
    /// A head over its encoder.
    ///
    /// # Errors
    /// A head that isn't one, or that belongs to another encoder.
    pub fn new(embedder: Embedder, head: &[u8]) -> Result<Self, Error> {
        let head = Head::parse(head)?;
        let found = &embedder.model().fingerprint;
        if head.encoder != *found {
            return Err(Error::Encoder { expected: head.encoder, found: found.clone() });
        }
        let stages = embedder.stages(head.lower_layers)?;
        if head.hidden() != stages.hidden() {
            return Err(Error::Head("it is for states of another length"));
        }
        let info = ModelInfo {
            id: head.id.clone(),
            fingerprint: head.fingerprint.clone(),
            query_tokens: head.query_tokens,
            passage_tokens: head.passage_tokens.min(embedder.model().max_tokens),
        };
        Ok(Self { info, head, stages, embedder })
    }

    /// What this reranker is.
    pub fn model(&self) -> &ModelInfo {
        &self.info
    }

    /// Begins to score passages, which are best given in the order of the search that found them: what an early end leaves out is
    /// the last of them.
    ///
    /// # Errors
    /// [`Error::Encode`], which no text can cause.
    pub fn begin(&self, query: &str, passages: &[&str], options: &Options) -> Result<Session<'_>, Error> {
        Session::new(self, query, passages, options)
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

    /// The logistic curve from a score to a probability.
    pub(crate) fn probability(&self, score: f32) -> f32 {
        1.0 / (1.0 + (-(self.head.slope * score + self.head.intercept)).exp())
    }

    pub(crate) fn encode(&self, text: &str, tokens: usize) -> Encoding {
        self.embedder.tokenizer().encode(text, tokens.clamp(2, self.embedder.model().max_tokens))
    }
}

impl std::fmt::Debug for Reranker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reranker").field("info", &self.info).finish_non_exhaustive()
    }
}
