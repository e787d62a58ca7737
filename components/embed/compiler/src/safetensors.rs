//! Trained weights as the model hub has them: `model.safetensors` and `config.json` of a `BertModel`.

use ::safetensors::{Dtype, SafeTensors};
use gusset_embed::format::{Activation, Norm};
use half::f16;
use serde::Deserialize;

use crate::encoder::{Encoder, Layer, Linear, Weights, transposed};
use crate::error::Error;

/// What is needed of `config.json`.
#[derive(Debug, Deserialize)]
struct Config {
    hidden_size: usize,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    layer_norm_eps: f32,
    hidden_act: String,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

/// Reads an f32 encoder.
///
/// # Errors
/// A file that can't be parsed, a tensor that is missing or not f32, or a kind of BERT that the engine doesn't run.
pub fn read(weights: &[u8], config: &[u8]) -> Result<Encoder, Error> {
    let config: Config = serde_json::from_slice(config)
        .map_err(|source| Error::Malformed { format: "config.json", source: source.into() })?;
    if config.position_embedding_type.as_deref().is_some_and(|kind| kind != "absolute") {
        return Err(Error::Description("only absolute position embeddings can be run".into()));
    }
    let activation = match config.hidden_act.as_str() {
        "gelu" => Activation::Gelu,
        "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
        other => return Err(Error::Description(format!("the activation function `{other}` can't be run"))),
    };
    let tensors = SafeTensors::deserialize(weights)
        .map_err(|source| Error::Malformed { format: "safetensors", source: source.into() })?;
    let file = File { tensors };
    let encoder = Encoder {
        hidden: config.hidden_size,
        heads: config.num_attention_heads,
        epsilon: config.layer_norm_eps,
        activation,
        words: Weights::F32(file.tensor("embeddings.word_embeddings.weight")?),
        positions: file.tensor("embeddings.position_embeddings.weight")?,
        types: file.tensor("embeddings.token_type_embeddings.weight")?,
        embedding_norm: file.norm("embeddings.LayerNorm")?,
        layers: (0..config.num_hidden_layers).map(|at| file.layer(at)).collect::<Result<_, _>>()?,
    };
    encoder.check()?;
    Ok(encoder)
}

/// Values of an f32 or f16 tensor.
///
/// # Errors
/// A tensor that is missing, or of another type, or has a value that is no number.
pub(crate) fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, Error> {
    let tensor = tensors.tensor(name).map_err(|_| Error::tensor(name, "missing"))?;
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F16 => {
            tensor.data().as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
        }
        other => return Err(Error::tensor(name, format!("{other:?} instead of F32 or F16"))),
    };
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Error::tensor(name, "a value is no number"))
    }
}

struct File<'a> {
    tensors: SafeTensors<'a>,
}

impl File<'_> {
    fn tensor(&self, name: &str) -> Result<Vec<f32>, Error> {
        let tensor = self
            .tensors
            .tensor(name)
            .or_else(|_| self.tensors.tensor(&format!("bert.{name}")))
            .map_err(|_| Error::tensor(name, "missing"))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(Error::tensor(name, format!("{:?} instead of F32", tensor.dtype())));
        }
        let values: Vec<f32> =
            tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        if values.iter().all(|x| x.is_finite()) {
            Ok(values)
        } else {
            Err(Error::tensor(name, "holds values that are not finite"))
        }
    }

    fn norm(&self, name: &str) -> Result<Norm, Error> {
        Ok(Norm {
            gain: self.tensor(&format!("{name}.weight"))?,
            shift: self.tensor(&format!("{name}.bias"))?,
        })
    }

    /// Stored as outputs × inputs.
    fn linear(&self, name: &str) -> Result<Linear, Error> {
        let bias = self.tensor(&format!("{name}.bias"))?;
        let weights = self.tensor(&format!("{name}.weight"))?;
        let outputs = bias.len().max(1);
        let inputs = weights.len() / outputs;
        let weights = Weights::F32(transposed(&weights, inputs));
        Ok(Linear { inputs, outputs, weights, bias })
    }

    fn layer(&self, at: usize) -> Result<Layer, Error> {
        let part = |part: &str| format!("encoder.layer.{at}.{part}");
        Ok(Layer {
            query: self.linear(&part("attention.self.query"))?,
            key: self.linear(&part("attention.self.key"))?,
            value: self.linear(&part("attention.self.value"))?,
            output: self.linear(&part("attention.output.dense"))?,
            output_norm: self.norm(&part("attention.output.LayerNorm"))?,
            up: self.linear(&part("intermediate.dense"))?,
            down: self.linear(&part("output.dense"))?,
            down_norm: self.norm(&part("output.LayerNorm"))?,
        })
    }
}
