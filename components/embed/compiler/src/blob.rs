//! An ONNX encoder to the blob that [`gusset_embed`] reads in place.

use gusset_embed::Embedder;
use gusset_embed::format::{self, Header, Matrix, Pooling, Table, Tensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::encoder::{self, Encoder, Linear, Weights};
use crate::error::Error;
use crate::onnx;

/// What a model's ONNX file and vocabulary don't say: `model.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Name, for people.
    pub id: String,
    /// How tokens become one vector.
    pub pooling: PoolingKind,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: usize,
    /// Put before a text that is a query.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before a text that is a passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// Bits of a quantised activation: 8, or 7 for relaxed SIMD.
    #[serde(default = "default_bits", skip_serializing_if = "is_default_bits")]
    pub activation_bits: u32,
    /// Bits of an element of the word embedding: 8, or 4.
    #[serde(default = "default_bits", skip_serializing_if = "is_default_bits")]
    pub embedding_bits: u32,
}

/// [`Pooling`] in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolingKind {
    /// The mean of all tokens.
    Mean,
    /// The first token.
    Cls,
    /// The largest value of each element.
    Max,
}

/// Bits of a quantised activation, and of the word embedding, where a description doesn't say.
pub(crate) const fn default_bits() -> u32 {
    8
}

/// For what is written: a description says only what isn't usual.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(crate) fn is_default_bits(bits: &u32) -> bool {
    *bits == default_bits()
}

/// Compiles an ONNX encoder (int8, or f32, which is quantised on the way) with its vocabulary, one token a line.
///
/// # Errors
/// An encoder that isn't recognised, or parts that don't fit together.
pub fn compile(onnx: &[u8], vocabulary: &str, description: &Description) -> Result<Vec<u8>, Error> {
    pack(&onnx::read(onnx)?.quantised(), vocabulary, description)
}

/// As [`compile`], from an encoder that was read already.
///
/// # Errors
/// Parts that don't fit together.
pub fn pack(encoder: &Encoder, vocabulary: &str, description: &Description) -> Result<Vec<u8>, Error> {
    encoder.check()?;
    let mut header = Header {
        id: String::new(),
        fingerprint: String::new(),
        query_prefix: description.query_prefix.clone(),
        passage_prefix: description.passage_prefix.clone(),
        hidden: encoder.hidden,
        heads: encoder.heads,
        layers: encoder.layers.len(),
        intermediate: encoder.intermediate(),
        vocabulary: encoder.vocabulary(),
        max_tokens: description.max_tokens,
        activation_bits: description.activation_bits,
        embedding_bits: description.embedding_bits,
        epsilon: encoder.epsilon,
        activation: encoder.activation,
        pooling: match description.pooling {
            PoolingKind::Mean => Pooling::Mean,
            PoolingKind::Cls => Pooling::Cls,
            PoolingKind::Max => Pooling::Max,
        },
    };
    header.check()?;
    let tensors = tensors(encoder, description)?;
    header.fingerprint = hex::encode(Sha256::digest(format::write(&header, &tensors, vocabulary)));
    header.id.clone_from(&description.id);
    let blob = format::write(&header, &tensors, vocabulary);
    Embedder::load(blob.clone())?;
    Ok(blob)
}

fn tensors(encoder: &Encoder, description: &Description) -> Result<Tensors, Error> {
    let (hidden, max_tokens) = (encoder.hidden, description.max_tokens);
    let positions = encoder.positions.get(..max_tokens * hidden).ok_or_else(|| {
        let known = encoder.positions.len() / hidden;
        Error::Description(format!("max_tokens is {max_tokens}, but the model knows {known} positions"))
    })?;
    let kind = encoder.types.get(..hidden).unwrap_or_default();
    let (values, scales) = int8("words", &encoder.words)?;
    let words = match description.embedding_bits {
        4 => encoder::narrow(values, scales, hidden),
        _ => Table { values: values.to_vec(), scales: scales.to_vec() },
    };
    let mut layers = Vec::with_capacity(encoder.layers.len());
    for layer in &encoder.layers {
        layers.push(format::Layer {
            projections: projections(encoder, layer)?,
            output: matrix(&layer.output)?,
            output_norm: layer.output_norm.clone(),
            up: matrix(&layer.up)?,
            down: matrix(&layer.down)?,
            down_norm: layer.down_norm.clone(),
        });
    }
    Ok(Tensors {
        words,
        positions: positions
            .iter()
            .zip(kind.iter().cycle())
            .map(|(position, kind)| position + kind)
            .collect(),
        embedding_norm: encoder.embedding_norm.clone(),
        layers,
    })
}

/// Query, key and value side by side; the root of a head's width is taken out of the query here, so that nobody divides later.
fn projections(encoder: &Encoder, layer: &crate::encoder::Layer) -> Result<Matrix, Error> {
    let factor = 1.0 / ((encoder.hidden / encoder.heads) as f32).sqrt();
    let parts = [(&layer.query, factor), (&layer.key, 1.0), (&layer.value, 1.0)];
    let mut joined = Matrix {
        inputs: encoder.hidden,
        outputs: 3 * encoder.hidden,
        values: Vec::new(),
        scales: Vec::new(),
        bias: Vec::new(),
    };
    let mut rows = Vec::new();
    for (linear, factor) in parts {
        let (values, scales) = int8("projection", &linear.weights)?;
        rows.push(values.chunks(encoder.hidden));
        joined.scales.extend(scales.iter().map(|scale| scale * factor));
        joined.bias.extend(linear.bias.iter().map(|bias| bias * factor));
    }
    for _ in 0..encoder.hidden {
        for part in &mut rows {
            joined.values.extend(part.next().unwrap_or_default());
        }
    }
    Ok(joined)
}

fn matrix(linear: &Linear) -> Result<Matrix, Error> {
    let (values, scales) = int8("linear layer", &linear.weights)?;
    Ok(Matrix {
        inputs: linear.inputs,
        outputs: linear.outputs,
        values: values.to_vec(),
        scales: scales.to_vec(),
        bias: linear.bias.clone(),
    })
}

fn int8<'a>(name: &str, weights: &'a Weights) -> Result<(&'a [i8], &'a [f32]), Error> {
    match weights {
        Weights::Int8 { values, scales } => Ok((values, scales)),
        Weights::F32(_) => Err(Error::tensor(name, "not quantised")),
    }
}
