//! `chunking_strategy`: `auto`, or `static` with its two numbers.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::collection::Chunking;

/// As OpenAI has it.
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Static {
    max_chunk_size_tokens: u32,
    chunk_overlap_tokens: u32,
}

impl Strategy {
    /// The chunking that is asked for; `None` where the choice is Gusset's.
    pub(super) fn chunking(self) -> Result<Option<Chunking>, Error> {
        let Self::Static { r#static: Static { max_chunk_size_tokens, chunk_overlap_tokens } } = self else {
            return Ok(None);
        };
        if !(1..=100_000).contains(&max_chunk_size_tokens) {
            let param = "chunking_strategy.static.max_chunk_size_tokens";
            return Err(Error::invalid(param, "`max_chunk_size_tokens` must be from 1 to 100000."));
        }
        if chunk_overlap_tokens >= max_chunk_size_tokens {
            let param = "chunking_strategy.static.chunk_overlap_tokens";
            return Err(Error::invalid(
                param,
                "`chunk_overlap_tokens` must be below `max_chunk_size_tokens`.",
            ));
        }
        Ok(Some(Chunking { max_tokens: max_chunk_size_tokens, overlap_tokens: chunk_overlap_tokens }))
    }
}

impl From<Chunking> for Strategy {
    fn from(chunking: Chunking) -> Self {
        let Chunking { max_tokens, overlap_tokens } = chunking;
        Self::Static {
            r#static: Static { max_chunk_size_tokens: max_tokens, chunk_overlap_tokens: overlap_tokens },
        }
    }
}
