//! `gusset-quality`: measures, and fails below a baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gusset_quality::models::Models;
use gusset_quality::scale::Kept;
use gusset_quality::tables::{self, Tables};

/// Measures quality natively, with the cores as they ship.
#[derive(Parser)]
struct Arguments {
    /// Folder of the data: `retrieval` has sets in BEIR's layout, `chunking` texts with marked answers, `similarity` pairs of sentences.
    #[arg(long, default_value = "../shared/data", global = true)]
    data: PathBuf,
    /// Folder of the built models, `embed.blob` and `rerank.head`.
    #[arg(long, default_value = "target", global = true)]
    models: PathBuf,
    /// What the models gave before.
    #[arg(long, default_value = "target/quality-cache", global = true)]
    cache: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every table below, one after the other, `scale` with 10,000 passages.
    Retrieval,
    /// How documents are best split: recall, precision and IoU over characters.
    Chunking {
        /// Only these chunkers, as the table names them without what follows a comma; all if none is given.
        #[arg(long)]
        only: Vec<String>,
    },
    /// BM25, dense, hybrid and reranked search, in nDCG@10.
    Ranking {
        /// Sets, by their folders' names; all if none is named.
        #[arg(long)]
        set: Vec<String>,
        /// Queries a set, at most, evenly spread.
        #[arg(long, default_value_t = tables::RANKED)]
        queries: usize,
    },
    /// How well a search knows that nothing in the collection answers.
    Floor {
        /// Queries a set, at most, evenly spread.
        #[arg(long, default_value_t = tables::ASKED)]
        queries: usize,
        /// Writes each query's confidence there, for calibration.
        #[arg(long)]
        dump: Option<PathBuf>,
    },
    /// Follow-ups, questions that ask two things, and single ones, as they are searched for.
    Query,
    /// Whether a statement is known to be in the passage that it cites.
    Groundedness {
        /// Writes what each pair is judged by there, for calibration.
        #[arg(long)]
        dump: Option<PathBuf>,
    },
    /// What a query reads and takes in collections of made-up passages, and how many of the nearest it finds.
    Scale {
        /// Sizes of the collections.
        #[arg(default_values_t = [1_000, 10_000, 100_000])]
        passages: Vec<u32>,
        /// Passages of a document.
        #[arg(long, default_value_t = tables::DOCUMENT)]
        document: u32,
        /// Where they are kept.
        #[arg(long, default_value = "memory")]
        store: Kept,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { data, models, cache, command } = Arguments::parse();
    let load = || -> anyhow::Result<Tables> { Ok(Tables { models: Models::load(&models, &cache)?, data }) };
    let below = match command {
        Command::Retrieval => load()?.all(),
        Command::Chunking { only } => load()?.chunking(&only),
        Command::Ranking { set, queries } => load()?.ranking(&set, queries),
        Command::Floor { queries, dump } => load()?.floor(queries, dump),
        Command::Query => load()?.query(),
        Command::Groundedness { dump } => load()?.groundedness(dump),
        Command::Scale { passages, document, store } => tables::scale(&passages, document, store),
    }?;
    Ok(if below { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
