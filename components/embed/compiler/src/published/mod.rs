//! A model as a hub publishes it: a folder of configuration, weights and tokenizer, to all that Gusset needs of it.
//!
//! | file | what is taken from it |
//! |---|---|
//! | `config.json` | architecture and shape |
//! | `model.safetensors`, else `model.onnx`, else `onnx/model.onnx` | the weights |
//! | `tokenizer.json` | the vocabulary, if its rules are those of an uncased BERT |
//! | `modules.json`, `1_Pooling/config.json` | pooling |
//! | `config_sentence_transformers.json` | prefixes |
//! | `sentence_bert_config.json`, `tokenizer_config.json` | the longest input |

mod folder;
mod sentence;
mod tokenizer;

use crate::blob::{self, PoolingKind};
use crate::config::{Config, Kind};
use crate::cross;
use crate::encoder::Encoder;
use crate::error::Error;
use crate::{onnx, safetensors};

pub use folder::{Folder, Source};

/// Where weights may be, the first that is there is taken.
const WEIGHTS: [&str; 3] = ["model.safetensors", "model.onnx", "onnx/model.onnx"];

/// What a person says about a model that its files don't say, or say otherwise.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// How tokens become one vector.
    pub pooling: Option<PoolingKind>,
    /// Put before a query.
    pub query_prefix: Option<String>,
    /// Put before a passage.
    pub passage_prefix: Option<String>,
    /// Longest input in tokens, special tokens included.
    pub max_tokens: Option<usize>,
    /// Bits of an element of the word embedding: 8, or 4.
    pub embedding_bits: Option<u32>,
}

/// A model that was read.
#[derive(Debug)]
pub struct Published {
    /// Its weights, in f32 where the file has them so.
    pub encoder: Encoder,
    /// One token a line.
    pub vocabulary: String,
    /// The rest.
    pub description: Description,
}

/// What `model.json` will say.
#[derive(Debug, Clone, PartialEq)]
pub enum Description {
    /// Of an embedder.
    Embedder(blob::Description),
    /// Of a cross-encoder.
    CrossEncoder(cross::Description),
}

/// Reads a model's folder. `id` is the name that it will have.
///
/// # Errors
/// Names the file, and the field in it, that is missing, malformed, or asks for what the engine doesn't run, with a remedy.
pub fn read(folder: &Folder, id: &str, overrides: &Overrides) -> Result<Published, Error> {
    let config_file = folder.required("config.json", "take the whole folder of a model, as a hub has it")?;
    let config = Config::parse(&config_file)?;
    let vocabulary = tokenizer::vocabulary(
        &folder
            .required("tokenizer.json", "save the tokenizer with `AutoTokenizer` and `save_pretrained`")?,
    )?;
    let mut encoder = weights(folder, &config_file, &config)?;
    encoder.fit(vocabulary.lines().count())?;

    let positions = encoder.positions.len() / encoder.hidden;
    let said =
        overrides.max_tokens.map_or_else(|| sentence::max_tokens(folder), |tokens| Ok(Some(tokens)))?;
    let max_tokens = said.unwrap_or(positions).min(positions);
    let embedding_bits = overrides.embedding_bits.unwrap_or(blob::default_bits());
    let description = match config.kind()? {
        Kind::Embedder => {
            let (query_prefix, passage_prefix) = sentence::prefixes(folder)?;
            Description::Embedder(blob::Description {
                id: id.to_owned(),
                pooling: sentence::pooling(folder, overrides.pooling)?,
                max_tokens,
                query_prefix: overrides.query_prefix.clone().unwrap_or(query_prefix),
                passage_prefix: overrides.passage_prefix.clone().unwrap_or(passage_prefix),
                activation_bits: blob::default_bits(),
                embedding_bits,
            })
        }
        Kind::CrossEncoder => Description::CrossEncoder(cross::Description {
            embedding_bits,
            ..cross::Description::new(id, max_tokens)
        }),
    };
    Ok(Published { encoder, vocabulary, description })
}

fn weights(folder: &Folder, config_file: &[u8], config: &Config) -> Result<Encoder, Error> {
    for name in WEIGHTS {
        let Some(file) = folder.optional(name)? else { continue };
        if name == "model.safetensors" {
            return safetensors::read(&file, config_file);
        }
        let encoder = onnx::read(&file)?;
        let (found, expected) = (encoder.hidden, config.hidden_size);
        if found != expected {
            return Err(Error::Setting {
                file: "config.json",
                field: "hidden_size",
                problem: format!("it says {expected}, and {name} has {found}"),
                remedy: "take both files from the same model",
            });
        }
        if encoder.scorer.is_some() != (config.kind()? == Kind::CrossEncoder) {
            return Err(Error::Setting {
                file: "config.json",
                field: "architectures",
                problem: format!("{name} was exported from another architecture"),
                remedy: "take both files from the same model",
            });
        }
        return Ok(encoder);
    }
    Err(Error::Missing {
        file: WEIGHTS[0].to_owned(),
        remedy: "so are model.onnx and onnx/model.onnx; save the weights with `save_pretrained(…, safe_serialization=True)`",
    })
}
