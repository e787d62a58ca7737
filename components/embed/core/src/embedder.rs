//! The public face: a loaded model, texts to vectors.

use std::sync::Arc;

use gusset_tokenizer::Tokenizer;
use tract_core::internal::tensor1;

use crate::error::Error;
use crate::format::Header;
use crate::graph::{Part, Plan, plan, run};
use crate::pairs::Pairs;
use crate::stages::Stages;
use crate::weights::{Store, Weights};

/// Tokens of one run of the plan, at most, unless a single text has more. Bounds memory: the widest tensor takes 3 MB at
/// 1,536 elements a token.
const TOKENS_A_RUN: usize = 512;

/// What a model is, enough to tell whether two vectors may be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name, for people: `all-minilm-l6-v2`.
    pub id: String,
    /// Hexadecimal sha256 over weights, tokenizer, pooling and quantisation. Vectors are comparable if and only if their models'
    /// fingerprints are equal.
    pub fingerprint: String,
    /// Length of a vector.
    pub dimension: usize,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: usize,
}

/// Which side of a search a text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A question.
    Query,
    /// What may answer it.
    Passage,
}

/// Vectors of a batch, in the order of its texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Embeddings {
    /// Length of a vector.
    pub dimension: usize,
    /// `dimension` values a text, one text after the other, each of L2 norm 1.
    pub values: Vec<f32>,
    /// Tokens of each text before truncation, special tokens included.
    pub tokens: Vec<usize>,
    /// For each text, whether its end was cut off at the model's `max_tokens`.
    pub truncated: Vec<bool>,
}

/// A model, ready to run. Cheap to share by reference; runs on the caller's thread.
pub struct Embedder {
    info: ModelInfo,
    tokenizer: Tokenizer,
    header: Header,
    weights: Arc<Weights>,
    plan: Plan,
}

impl Embedder {
    /// A model in the program's own data, read in place. It should start at a multiple of [`crate::format::ALIGNMENT`].
    ///
    /// # Errors
    /// A blob that isn't one, is of another version, is cut off, contradicts itself or is not aligned to 4 bytes.
    pub fn from_static(blob: &'static [u8]) -> Result<Self, Error> {
        Self::read(&Store::Static(blob))
    }

    /// A model from a file's bytes.
    ///
    /// # Errors
    /// As [`Self::from_static`], alignment apart.
    pub fn load(blob: Vec<u8>) -> Result<Self, Error> {
        Self::read(&Store::from_vec(&blob))
    }

    fn read(store: &Store) -> Result<Self, Error> {
        let (header, weights) = Weights::read(store)?;
        let vocabulary = std::str::from_utf8(&weights.vocabulary)
            .map_err(|_| Error::Header("vocabulary: it is not UTF-8"))?;
        let tokenizer = Tokenizer::from_vocab(vocabulary)?;
        if tokenizer.vocabulary_size() != header.vocabulary {
            return Err(Error::Header("vocabulary: it has another number of tokens than the word embedding"));
        }
        let weights = Arc::new(weights);
        let plan = plan(&header, &weights, &Part { layers: 0..header.layers, pooled: true })?;
        let info = ModelInfo {
            id: header.id.clone(),
            fingerprint: header.fingerprint.clone(),
            dimension: header.hidden,
            max_tokens: header.max_tokens,
        };
        Ok(Self { info, tokenizer, header, weights, plan })
    }

    /// The encoder in two parts, the first of that many layers, over the same weights.
    ///
    /// # Errors
    /// A number of layers that leaves no layer for one of the parts.
    pub fn stages(&self, lower_layers: usize) -> Result<Stages, Error> {
        Stages::new(&self.header, &self.weights, lower_layers)
    }

    /// The encoder over two texts at once, over the same weights. `second` is the embedding of token type 1 less that of type 0.
    ///
    /// # Errors
    /// A vector of another length than the encoder's.
    pub fn pairs(&self, second: &[f32]) -> Result<Pairs, Error> {
        Pairs::new(&self.header, &self.weights, second)
    }

    /// What this model is.
    pub fn model(&self) -> &ModelInfo {
        &self.info
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// What is put before a text of that purpose.
    pub fn prefix(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Query => &self.header.query_prefix,
            Purpose::Passage => &self.header.passage_prefix,
        }
    }

    /// Embeds a batch. An empty batch gives no values, an empty text the vector of the empty text. A text's vector does not depend
    /// on what else is in the batch.
    ///
    /// # Errors
    /// [`Error::Engine`], which no text can cause.
    pub fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Embeddings, Error> {
        let prefix = self.prefix(purpose);
        let mut embeddings = Embeddings { dimension: self.info.dimension, ..Embeddings::default() };
        let mut batch = Batch::default();
        for text in texts {
            let encoding = if prefix.is_empty() {
                self.tokenizer.encode(text, self.info.max_tokens)
            } else {
                self.tokenizer.encode(&format!("{prefix}{text}"), self.info.max_tokens)
            };
            if batch.ids.len() + encoding.ids.len() > TOKENS_A_RUN {
                self.run(&mut batch, &mut embeddings.values)?;
            }
            batch.ids.extend(encoding.ids.iter().map(|&id| id as i32));
            batch.ends.push(batch.ids.len() as i32);
            embeddings.tokens.push(encoding.total_tokens);
            embeddings.truncated.push(encoding.truncated);
        }
        self.run(&mut batch, &mut embeddings.values)?;
        Ok(embeddings)
    }

    fn run(&self, batch: &mut Batch, values: &mut Vec<f32>) -> Result<(), Error> {
        if batch.ends.is_empty() {
            return Ok(());
        }
        values.extend(run(&self.plan, tensor1(&batch.ids), &batch.ends)?);
        batch.ids.clear();
        batch.ends.clear();
        Ok(())
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Sequences waiting for a run.
#[derive(Default)]
struct Batch {
    ids: Vec<i32>,
    ends: Vec<i32>,
}
