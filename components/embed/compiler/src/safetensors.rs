//! Trained weights as the model hub has them: `model.safetensors` and `config.json` of a `BertModel` or `BertForSequenceClassification`.

use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, SafeTensors};
use gusset_embed::format::Norm;
use half::{bf16, f16};

use crate::config::{Config, Kind};
use crate::encoder::{Encoder, Layer, Linear, Scorer, Weights, transposed};
use crate::error::Error;

/// Reads an f32 encoder, with its scorer where `config.json` says that it is a cross-encoder.
///
/// # Errors
/// A file that can't be parsed, a tensor that is missing or of another shape or type, or a kind of BERT that the engine doesn't run.
pub fn read(weights: &[u8], config: &[u8]) -> Result<Encoder, Error> {
    let config = Config::parse(config)?;
    let file = File { tensors: parse(weights)?, config: &config };
    let (hidden, layers) = (config.hidden_size, config.num_hidden_layers);
    if file.find(&format!("encoder.layer.{layers}.attention.self.query.weight")).is_some() {
        return Err(Error::Setting {
            file: "config.json",
            field: "num_hidden_layers",
            problem: format!("it says {layers}, and model.safetensors has more"),
            remedy: "take both files from the same model",
        });
    }
    let table = |name: &str| file.tensor(&format!("embeddings.{name}.weight"), &[None, Some(hidden)]);
    let encoder = Encoder {
        hidden,
        heads: config.num_attention_heads,
        epsilon: config.layer_norm_eps,
        activation: config.activation()?,
        words: Weights::F32(table("word_embeddings")?),
        positions: table("position_embeddings")?,
        types: table("token_type_embeddings")?,
        embedding_norm: file.norm("embeddings.LayerNorm")?,
        layers: (0..layers).map(|at| file.layer(at)).collect::<Result<_, _>>()?,
        scorer: match config.kind()? {
            Kind::Embedder => None,
            Kind::CrossEncoder => Some(file.scorer()?),
        },
    };
    encoder.check()?;
    Ok(encoder)
}

/// Parses a file. Its tensors are read later, one by one.
pub(crate) fn parse(file: &[u8]) -> Result<SafeTensors<'_>, Error> {
    SafeTensors::deserialize(file)
        .map_err(|source| Error::Malformed { format: "safetensors", source: source.into() })
}

/// Values of a tensor of 32- or 16-bit floats.
///
/// # Errors
/// A tensor that is missing, or of another type, or has a value that is no number.
pub(crate) fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, Error> {
    values(name, &tensors.tensor(name).map_err(|_| Error::tensor(name, "missing"))?)
}

fn values(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f32>, Error> {
    let data = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F16 => data.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
        other => return Err(Error::tensor(name, format!("{other:?} instead of F32, F16 or BF16"))),
    };
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Error::tensor(name, "holds values that are not finite"))
    }
}

struct File<'a> {
    tensors: SafeTensors<'a>,
    config: &'a Config,
}

impl File<'_> {
    /// A tensor by the name that it has in a `BertModel`, saved alone or inside something else.
    fn find(&self, name: &str) -> Option<TensorView<'_>> {
        self.tensors.tensor(name).or_else(|_| self.tensors.tensor(&format!("bert.{name}"))).ok()
    }

    /// A tensor of that shape, `None` standing for any length.
    fn tensor(&self, name: &str, shape: &[Option<usize>]) -> Result<Vec<f32>, Error> {
        let tensor = self.find(name).ok_or_else(|| {
            Error::tensor(
                name,
                "missing in model.safetensors: take the file of the model that config.json describes",
            )
        })?;
        let found = tensor.shape();
        let fits =
            |(&found, expected): (&usize, &Option<usize>)| expected.is_none_or(|length| length == found);
        if found.len() != shape.len() || !found.iter().zip(shape).all(fits) {
            let length =
                |length: &Option<usize>| length.map_or("any".to_owned(), |length| length.to_string());
            let expected: Vec<String> = shape.iter().map(length).collect();
            return Err(Error::tensor(
                name,
                format!(
                    "its shape is {found:?}, config.json asks for [{}]: take both files from the same model",
                    expected.join(", ")
                ),
            ));
        }
        values(name, &tensor)
    }

    fn norm(&self, name: &str) -> Result<Norm, Error> {
        // Checkpoints that came from TensorFlow call them otherwise.
        let old = self.find(&format!("{name}.gamma")).is_some();
        let (gain, shift) = if old { ("gamma", "beta") } else { ("weight", "bias") };
        let part = |part: &str| self.tensor(&format!("{name}.{part}"), &[Some(self.config.hidden_size)]);
        Ok(Norm { gain: part(gain)?, shift: part(shift)? })
    }

    /// Stored as outputs × inputs; `None` stands for as many as there are.
    fn linear(&self, name: &str, inputs: Option<usize>, outputs: Option<usize>) -> Result<Linear, Error> {
        let weights = self.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.tensor(&format!("{name}.bias"), &[outputs])?;
        let outputs = bias.len().max(1);
        let inputs = weights.len() / outputs;
        Ok(Linear { inputs, outputs, weights: Weights::F32(transposed(&weights, inputs)), bias })
    }

    fn layer(&self, at: usize) -> Result<Layer, Error> {
        let part = |part: &str| format!("encoder.layer.{at}.{part}");
        let (hidden, wide) = (Some(self.config.hidden_size), self.config.intermediate_size);
        Ok(Layer {
            query: self.linear(&part("attention.self.query"), hidden, hidden)?,
            key: self.linear(&part("attention.self.key"), hidden, hidden)?,
            value: self.linear(&part("attention.self.value"), hidden, hidden)?,
            output: self.linear(&part("attention.output.dense"), hidden, hidden)?,
            output_norm: self.norm(&part("attention.output.LayerNorm"))?,
            up: self.linear(&part("intermediate.dense"), hidden, wide)?,
            down: self.linear(&part("output.dense"), wide, hidden)?,
            down_norm: self.norm(&part("output.LayerNorm"))?,
        })
    }

    fn scorer(&self) -> Result<Scorer, Error> {
        let hidden = Some(self.config.hidden_size);
        let classifier = self.linear("classifier", hidden, None)?;
        Ok(Scorer { pooler: self.linear("pooler.dense", hidden, hidden)?, classifier })
    }
}
