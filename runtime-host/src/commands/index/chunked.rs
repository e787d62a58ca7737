//! How a collection that is made is to cut its documents, as flags say it.

use super::super::api::{Api, segment};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use gusset_gateway::chunking::{Chunking, Settings, Strategy};
use gusset_gateway::dialect::openai::vector_stores as dialect;
use serde::Deserialize;

/// What isn't said is as the server's operator configured.
#[derive(Args)]
pub(super) struct Chunked {
    /// Where documents are cut, in a collection that this makes [default: what the server's `[chunking]` says]
    #[arg(long, value_name = "STRATEGY")]
    chunking: Option<Cut>,
    /// Tokens of a chunk, at most
    #[arg(long, value_name = "TOKENS")]
    chunk_tokens: Option<u32>,
    /// Tokens that a chunk repeats of the one before it, at most
    #[arg(long, value_name = "TOKENS")]
    chunk_overlap: Option<u32>,
    /// Tokens of the section that is returned for a chunk that is found; 0 returns the chunk
    #[arg(long, value_name = "TOKENS")]
    chunk_section: Option<u32>,
    /// Embed title, headings and neighbour with each chunk
    #[arg(long)]
    chunk_context: bool,
}

/// A strategy, with what it is good for.
#[derive(Clone, Copy, ValueEnum)]
enum Cut {
    /// Along headings, tables, code and paragraphs
    Structural,
    /// Where the meaning changes; embeds every document twice
    Semantic,
    /// Between paragraphs, lines, sentences, words
    Recursive,
    /// Wherever the budget ends
    Fixed,
}

#[derive(Deserialize)]
struct Made {
    x_gusset: Extension,
}

#[derive(Deserialize)]
struct Extension {
    chunking_strategy: dialect::Strategy,
}

// === impl Chunked ===

impl Chunked {
    /// What to ask for; nothing where no flag says anything.
    pub(super) fn asked(&self) -> Option<dialect::Gusset> {
        let asked = dialect::Gusset {
            strategy: self.chunking.map(Cut::strategy),
            max_chunk_size_tokens: self.chunk_tokens,
            chunk_overlap_tokens: self.chunk_overlap,
            section_size_tokens: self.chunk_section,
            context: self.chunk_context.then_some(true),
        };
        (asked != dialect::Gusset::default()).then_some(asked)
    }
}

impl Cut {
    fn strategy(self) -> Strategy {
        match self {
            Self::Structural => Strategy::Structural,
            Self::Semantic => Strategy::Semantic,
            Self::Recursive => Strategy::Recursive,
            Self::Fixed => Strategy::Fixed,
        }
    }
}

/// Refuses to go on where the collection is there and cuts its documents otherwise than is asked for.
pub(super) async fn agree(api: &Api, name: &str, id: &str, asked: dialect::Gusset) -> anyhow::Result<()> {
    let made: Made = api
        .get(&format!("/v1/vector_stores/{}", segment(id)))
        .await
        .with_context(|| format!("how the collection {name} cuts its documents can't be asked"))?;
    let made = made.x_gusset.chunking_strategy.chunking(Chunking::DEFAULT)?;
    ensure!(
        Settings::from(asked).over(made) == made,
        "the collection {name} is there and was made with {}; that stays. Leave out --chunking and its like, or index into another collection",
        described(made)
    );
    Ok(())
}

/// As flags would say it.
fn described(made: Chunking) -> String {
    let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = made;
    let context = if context { " --chunk-context" } else { "" };
    format!(
        "--chunking {} --chunk-tokens {max_tokens} --chunk-overlap {overlap_tokens} --chunk-section {parent_tokens}{context}",
        strategy.name()
    )
}
