//! A reranker's folder (`model.json`, `head.safetensors`) to the head that the `rerank` component reads.

use gusset_rerank::Linear;
use gusset_rerank::format::{Head, Mix};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::safetensors::{floats, parse};

/// What a head's tensors don't say: `model.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    id: String,
    architecture: Architecture,
    encoder: String,
    layers: Layers,
    dimension: usize,
    query_tokens: usize,
    passage_tokens: usize,
    rarity: f32,
    saturation: f32,
    mix: Factors,
    refine: usize,
    unrefined: f32,
    probability: Logistic,
}

/// Kinds of rerankers that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// A head over an embedder's encoder, which the description names.
    LateInteraction,
    /// A [`crate::cross`]-encoder, its encoder its own.
    CrossEncoder,
}

/// What a reranker's `model.json` says of its kind, and the embedder that late interaction runs over.
#[derive(Debug, Deserialize)]
pub struct Outline {
    /// Its kind.
    pub architecture: Architecture,
    /// Name of the embedder; a cross-encoder has none.
    pub encoder: Option<String>,
}

impl Outline {
    /// Reads `model.json`.
    ///
    /// # Errors
    /// A file that can't be parsed, or of a kind that can't be run.
    pub fn parse(description: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(description)
            .map_err(|source| Error::Malformed { format: "model.json", source: source.into() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layers {
    lower: usize,
    all: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Factors {
    late: f32,
    exact: f32,
    cosine: f32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logistic {
    slope: f32,
    intercept: f32,
}

/// Compiles a head for the encoder that `encoder` describes, as the blob's header has it.
///
/// # Errors
/// A description or tensors that can't be read, or that don't fit the encoder.
pub fn compile(
    tensors: &[u8],
    description: &[u8],
    encoder: &gusset_embed::format::Header,
) -> Result<Vec<u8>, Error> {
    let description: Description = serde_json::from_slice(description)
        .map_err(|source| Error::Malformed { format: "model.json", source: source.into() })?;
    if description.architecture != Architecture::LateInteraction {
        return Err(Error::Description(
            "model.json: only late interaction has a head without weights of an encoder".into(),
        ));
    }
    if (&description.encoder, description.layers.all) != (&encoder.id, encoder.layers) {
        return Err(Error::Description(format!(
            "the head was trained over {} of {} layers, and {} of {} layers is here",
            description.encoder, description.layers.all, encoder.id, encoder.layers
        )));
    }
    let tensors = parse(tensors)?;
    let linear = |name: &str, outputs: usize| -> Result<Linear, Error> {
        let weights = floats(&tensors, &format!("{name}.weight"))?;
        let bias = floats(&tensors, &format!("{name}.bias"))?;
        if bias.len() != outputs || weights.len() != outputs * encoder.hidden {
            let problem = format!("not a linear layer of {} inputs and {outputs} outputs", encoder.hidden);
            return Err(Error::tensor(name, problem));
        }
        Ok(Linear { weights, bias })
    };
    let idf = floats(&tensors, "idf")?;
    if idf.len() != encoder.vocabulary {
        let problem = format!("{} values for {} tokens", idf.len(), encoder.vocabulary);
        return Err(Error::tensor("idf", problem));
    }
    let Factors { late, exact, cosine } = description.mix;
    let mut head = Head {
        id: String::new(),
        fingerprint: String::new(),
        encoder: encoder.fingerprint.clone(),
        lower_layers: description.layers.lower,
        query_tokens: description.query_tokens,
        passage_tokens: description.passage_tokens,
        refine: description.refine,
        rarity: description.rarity,
        saturation: description.saturation,
        mix: Mix { late, exact, cosine },
        unrefined: description.unrefined,
        slope: description.probability.slope,
        intercept: description.probability.intercept,
        token: linear("token", description.dimension)?,
        weight: linear("weight", 1)?,
        idf,
    };
    head.fingerprint = hex::encode(Sha256::digest(head.to_bytes()));
    head.id = description.id;
    Ok(head.to_bytes())
}
