//! `chunking_strategy`: `auto`, `static` with its two numbers, or `gusset` with everything there is.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::collection::{self, Chunking};

/// As OpenAI has it, and one of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Strategy {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Static {
    max_chunk_size_tokens: u32,
    chunk_overlap_tokens: u32,
}

/// How documents are cut. What isn't said is as in `auto`, where that is a number: 200 tokens, nothing of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gusset {
    strategy: collection::Strategy,
    #[serde(default = "default_size")]
    max_chunk_size_tokens: u32,
    #[serde(default)]
    chunk_overlap_tokens: u32,
    /// Tokens of the section that is returned for a chunk; zero returns the chunk.
    #[serde(default)]
    section_size_tokens: u32,
    /// Whether title, headings and neighbour are embedded with each chunk.
    #[serde(default)]
    context: bool,
}

fn default_size() -> u32 {
    200
}

impl Strategy {
    /// The chunking that is asked for; `None` where the choice is Gusset's.
    pub(super) fn chunking(self) -> Result<Option<Chunking>, Error> {
        let (kind, chunking) = match self {
            Self::Auto => return Ok(None),
            Self::Static { r#static: Static { max_chunk_size_tokens, chunk_overlap_tokens } } => {
                ("static", Chunking::structural(max_chunk_size_tokens, chunk_overlap_tokens))
            }
            Self::Gusset(asked) => ("", asked.into()),
        };
        check(kind, &chunking)?;
        Ok(Some(chunking))
    }
}

fn check(kind: &str, chunking: &Chunking) -> Result<(), Error> {
    let refuse = |field: &str, message: &str| {
        let inside = if kind.is_empty() { String::new() } else { format!("{kind}.") };
        Err(Error::invalid(format!("chunking_strategy.{inside}{field}"), message))
    };
    let &Chunking { max_tokens, overlap_tokens, parent_tokens, context, .. } = chunking;
    if !(1..=100_000).contains(&max_tokens) {
        return refuse("max_chunk_size_tokens", "`max_chunk_size_tokens` must be from 1 to 100000.");
    }
    // A quarter is the context's.
    let room = if context { max_tokens - max_tokens / 4 } else { max_tokens };
    if overlap_tokens >= room {
        let message = if context {
            "`chunk_overlap_tokens` must be below three quarters of `max_chunk_size_tokens`: one is the context's."
        } else {
            "`chunk_overlap_tokens` must be below `max_chunk_size_tokens`."
        };
        return refuse("chunk_overlap_tokens", message);
    }
    if parent_tokens > 0 && !(max_tokens + 1..=100_000).contains(&parent_tokens) {
        let message = "`section_size_tokens` must be 0, or above `max_chunk_size_tokens` and at most 100000.";
        return refuse("section_size_tokens", message);
    }
    if parent_tokens > 0 && overlap_tokens > 0 {
        let message =
            "`chunk_overlap_tokens` must be 0 with `section_size_tokens`: sections are returned whole.";
        return refuse("chunk_overlap_tokens", message);
    }
    Ok(())
}

impl From<Gusset> for Chunking {
    fn from(asked: Gusset) -> Self {
        Self {
            strategy: asked.strategy,
            max_tokens: asked.max_chunk_size_tokens,
            overlap_tokens: asked.chunk_overlap_tokens,
            parent_tokens: asked.section_size_tokens,
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
            strategy,
            max_chunk_size_tokens: max_tokens,
            chunk_overlap_tokens: overlap_tokens,
            section_size_tokens: parent_tokens,
            context,
        })
    }
}
