//! A cross-encoder to what the `rerank` component reads: an encoder's blob, and the head over it.

use gusset_rerank::Linear;
use gusset_rerank::cross::Head;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blob::{self, PoolingKind};
use crate::encoder::{self, Encoder, Weights, transposed};
use crate::error::Error;

/// What a cross-encoder's ONNX file and vocabulary don't say: `model.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Name, for people.
    pub id: String,
    /// Always `cross-encoder`: what tells this file from those of other models.
    pub architecture: Architecture,
    /// Longest pair in tokens, its three special tokens included.
    pub max_tokens: usize,
    /// Longest query in tokens, special tokens included.
    pub query_tokens: usize,
    /// Bits of a quantised activation: 8, or 7 for relaxed SIMD.
    #[serde(default = "blob::default_bits", skip_serializing_if = "blob::is_default_bits")]
    pub activation_bits: u32,
    /// Bits of an element of the word embedding: 8, or 4.
    #[serde(default = "blob::default_bits", skip_serializing_if = "blob::is_default_bits")]
    pub embedding_bits: u32,
}

/// The one that [`Description`] describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// Query and passage read together.
    CrossEncoder,
}

/// What the `rerank` component is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The encoder, as [`gusset_embed::Embedder`] reads it.
    pub encoder: Vec<u8>,
    /// The rest, as [`gusset_rerank::Reranker`] reads it.
    pub head: Vec<u8>,
}

impl Description {
    /// Of a model that says no more than its name and longest input.
    pub fn new(id: &str, max_tokens: usize) -> Self {
        /// A query may take a quarter: questions are short, and a passage must have room after the longest.
        const SHARE: usize = 4;
        Self {
            id: id.to_owned(),
            architecture: Architecture::CrossEncoder,
            max_tokens,
            query_tokens: (max_tokens / SHARE).max(3),
            activation_bits: blob::default_bits(),
            embedding_bits: blob::default_bits(),
        }
    }
}

/// Compiles a quantised cross-encoder with its vocabulary, one token a line.
///
/// # Errors
/// An encoder without a scorer or without a second token type, or parts that don't fit together.
pub fn pack(encoder: &Encoder, vocabulary: &str, description: &Description) -> Result<Compiled, Error> {
    let scorer = encoder.scorer.as_ref().ok_or_else(|| {
        Error::Description(
            "the model has no scorer: take a cross-encoder (BertForSequenceClassification)".into(),
        )
    })?;
    let kinds: Vec<&[f32]> = encoder.types.chunks_exact(encoder.hidden).collect();
    let [first, second, ..] = kinds.as_slice() else {
        return Err(Error::Setting {
            file: "config.json",
            field: "type_vocab_size",
            problem:
                "there is one token type, and a cross-encoder tells a passage from a query by the second"
                    .into(),
            remedy: "take a cross-encoder with two token types",
        });
    };
    let blob = blob::pack(
        encoder,
        vocabulary,
        &blob::Description {
            id: description.id.clone(),
            pooling: PoolingKind::Cls,
            max_tokens: description.max_tokens,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            activation_bits: description.activation_bits,
            embedding_bits: description.embedding_bits,
        },
    )?;
    let (header, _) = gusset_embed::format::Header::parse(&blob)?;
    let mut head = Head {
        id: String::new(),
        fingerprint: String::new(),
        encoder: header.fingerprint,
        query_tokens: description.query_tokens,
        max_tokens: description.max_tokens,
        second: second.iter().zip(*first).map(|(second, first)| second - first).collect(),
        pooler: rows("pooler", &scorer.pooler)?,
        classifier: rows("classifier", &scorer.classifier)?,
    };
    head.fingerprint = hex::encode(Sha256::digest(head.to_bytes()));
    head.id.clone_from(&description.id);
    let head = head.to_bytes();
    Head::parse(&head)?;
    Ok(Compiled { encoder: blob, head })
}

/// A linear layer as the head has it, one row an output.
fn rows(name: &str, linear: &encoder::Linear) -> Result<Linear, Error> {
    match &linear.weights {
        Weights::F32(values) => {
            Ok(Linear { weights: transposed(values, linear.outputs), bias: linear.bias.clone() })
        }
        Weights::Int8 { .. } => Err(Error::tensor(name, "quantised, and a scorer stays in f32")),
    }
}
