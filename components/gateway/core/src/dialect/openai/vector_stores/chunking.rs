//! `chunking_strategy`: `auto`, `static` with its two numbers, or `gusset` with everything there is.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::chunking::{self, Chunking, Names, Settings};

/// As OpenAI has it, and one of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Strategy {
    /// What the operator configured.
    Auto,
    /// What the caller says.
    Static {
        /// In tokens of the embedding model.
        r#static: Static,
    },
    /// The same with the choice of how.
    Gusset(Gusset),
}

/// The two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Static {
    max_chunk_size_tokens: u32,
    chunk_overlap_tokens: u32,
}

/// How documents are cut. What isn't said is as in `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gusset {
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<chunking::Strategy>,
    /// Tokens of a chunk, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_chunk_size_tokens: Option<u32>,
    /// Of these repeated from the chunk before, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_overlap_tokens: Option<u32>,
    /// Tokens of the section that is returned for a chunk; zero returns the chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_size_tokens: Option<u32>,
    /// Whether title, headings and neighbour are embedded with each chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<bool>,
}

impl Strategy {
    /// The chunking that is asked for, over what the operator wants.
    ///
    /// # Errors
    /// What can't be, by its field.
    pub fn chunking(self, operators: Chunking) -> Result<Chunking, Error> {
        let (inside, chunking) = match self {
            Self::Auto => return Ok(operators),
            Self::Static { r#static: Static { max_chunk_size_tokens, chunk_overlap_tokens } } => {
                ("static.", Chunking::structural(max_chunk_size_tokens, chunk_overlap_tokens))
            }
            Self::Gusset(asked) => ("", Settings::from(asked).over(operators)),
        };
        let names = Names {
            max_tokens: "max_chunk_size_tokens",
            overlap_tokens: "chunk_overlap_tokens",
            section_tokens: "section_size_tokens",
        };
        chunking.check(&names).map_err(|refused| {
            let name = refused.name;
            Error::invalid(format!("chunking_strategy.{inside}{name}"), format!("`{name}` {refused}."))
        })?;
        Ok(chunking)
    }
}

impl From<Gusset> for Settings {
    fn from(asked: Gusset) -> Self {
        Self {
            strategy: asked.strategy,
            max_tokens: asked.max_chunk_size_tokens,
            overlap_tokens: asked.chunk_overlap_tokens,
            section_tokens: asked.section_size_tokens,
            context: asked.context,
        }
    }
}

impl From<Chunking> for Strategy {
    fn from(chunking: Chunking) -> Self {
        let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = chunking;
        if chunking == Chunking::structural(max_tokens, overlap_tokens) {
            let r#static = Static { max_chunk_size_tokens: max_tokens, chunk_overlap_tokens: overlap_tokens };
            return Self::Static { r#static };
        }
        Self::Gusset(Gusset {
            strategy: Some(strategy),
            max_chunk_size_tokens: Some(max_tokens),
            chunk_overlap_tokens: Some(overlap_tokens),
            section_size_tokens: Some(parent_tokens),
            context: Some(context),
        })
    }
}
