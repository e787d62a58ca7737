//! `config.json` of a published model: which architecture it is, and the shape of its encoder.

use gusset_embed::format::Activation;
use serde::Deserialize;

use crate::error::Error;

const FILE: &str = "config.json";

/// What another model than BERT is answered with.
const OTHER_MODEL: &str = "take a model whose config.json has `\"model_type\": \"bert\"`";

/// What is needed of the file.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Length of a token's vector.
    pub hidden_size: usize,
    /// Attention heads.
    pub num_attention_heads: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Width of the feed-forward part; what the tensors have where it isn't said.
    pub intermediate_size: Option<usize>,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f32,
    hidden_act: String,
    #[serde(default)]
    architectures: Vec<String>,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text to one vector.
    Embedder,
    /// Two texts to one score.
    CrossEncoder,
}

impl Config {
    /// Reads the file, and checks that the engine runs such an encoder.
    ///
    /// # Errors
    /// A file that can't be parsed, another architecture than BERT, a variant of it or a shape that the engine doesn't run.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        // Its type first: other architectures lack fields that BERT has, and that would be a poor way to say so.
        let value: serde_json::Value = serde_json::from_slice(file).map_err(malformed)?;
        let kind = value.get("model_type").and_then(serde_json::Value::as_str).unwrap_or("bert");
        if kind != "bert" {
            return Err(setting("model_type", format!("`{kind}` is another architecture"), OTHER_MODEL));
        }
        let config: Self = serde_json::from_value(value).map_err(malformed)?;
        config.check()?;
        Ok(config)
    }

    /// The activation function of the feed-forward part.
    ///
    /// # Errors
    /// One that the engine doesn't have.
    pub fn activation(&self) -> Result<Activation, Error> {
        match self.hidden_act.as_str() {
            "gelu" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
            other => Err(setting(
                "hidden_act",
                format!("the activation function `{other}` can't be run"),
                "take a model with `gelu` or `gelu_new`",
            )),
        }
    }

    /// What the model is for, by the architecture that it was saved as.
    ///
    /// # Errors
    /// One that gives neither vectors nor a score.
    pub fn kind(&self) -> Result<Kind, Error> {
        match self.architectures.first().map_or("BertModel", String::as_str) {
            "BertModel" | "BertForMaskedLM" | "BertForPreTraining" => Ok(Kind::Embedder),
            "BertForSequenceClassification" => Ok(Kind::CrossEncoder),
            other => Err(setting(
                "architectures",
                format!("`{other}` gives neither vectors nor one score"),
                "take an embedder (BertModel) or a cross-encoder (BertForSequenceClassification)",
            )),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let ok = |holds: bool, field: &'static str, problem: String, remedy: &'static str| {
            if holds { Ok(()) } else { Err(setting(field, problem, remedy)) }
        };
        let positions = self.position_embedding_type.as_deref().unwrap_or("absolute");
        ok(
            positions == "absolute",
            "position_embedding_type",
            format!("`{positions}` positions can't be run"),
            "take a model with absolute position embeddings",
        )?;
        ok(
            !self.is_decoder,
            "is_decoder",
            "a decoder can't be run".into(),
            "take a model that reads in both directions",
        )?;
        const SHAPE: &str = "take a model of another shape: the kernels work on whole groups";
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        ok(
            hidden > 0 && hidden.is_multiple_of(4),
            "hidden_size",
            format!("{hidden} is no multiple of 4"),
            SHAPE,
        )?;
        ok(
            heads > 0 && hidden.is_multiple_of(16 * heads),
            "num_attention_heads",
            format!("{heads} heads don't cut {hidden} elements into multiples of 16"),
            SHAPE,
        )?;
        let intermediate = self.intermediate_size.unwrap_or(4);
        ok(
            intermediate > 0 && intermediate.is_multiple_of(4),
            "intermediate_size",
            format!("{intermediate} is no multiple of 4"),
            SHAPE,
        )?;
        ok(self.num_hidden_layers > 0, "num_hidden_layers", "there is none".into(), "take a whole model")?;
        self.activation().map(drop)
    }
}

fn malformed(source: serde_json::Error) -> Error {
    Error::Malformed { format: FILE, source: source.into() }
}

fn setting(field: &'static str, problem: String, remedy: &'static str) -> Error {
    Error::Setting { file: FILE, field, problem, remedy }
}
