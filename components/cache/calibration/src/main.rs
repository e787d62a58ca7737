//! `gusset-cache-calibration`: fits the semantic cache's prior, and measures the cache with it.
//!
//! `data` reads labelled pairs and halves them, `vectors` embeds, `fit` makes the prior (`neighbourhoods`, `logistic`), `stream` feeds a cache,
//! `eval` prints what came of it.

mod data;
mod eval;
mod fit;
mod intervals;
mod logistic;
mod neighbourhoods;
mod store;
mod stream;
mod vectors;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// The semantic cache's prior.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fits the prior to one half of the labelled pairs.
    Fit {
        #[command(flatten)]
        sources: Sources,
        /// File to write.
        #[arg(long, default_value = "models/gusset-cache-v1/prior.bin")]
        out: PathBuf,
    },
    /// Streams the other half through a cache, and the pairs of paraphrases and of near misses.
    Eval {
        #[command(flatten)]
        sources: Sources,
        /// The prior.
        #[arg(long, default_value = "models/gusset-cache-v1/prior.bin")]
        prior: PathBuf,
        /// Near misses and paraphrases.
        #[arg(long, default_value = "components/words/cases/adversarial.jsonl")]
        cases: PathBuf,
        #[command(flatten)]
        streaming: eval::Streaming,
    },
}

/// Where questions and vectors come from.
#[derive(Args)]
struct Sources {
    /// Folder of the public data sets.
    #[arg(long)]
    data: PathBuf,
    /// The compiled embedding model.
    #[arg(long, default_value = "target/embed.blob")]
    encoder: PathBuf,
    /// File that keeps vectors between runs.
    #[arg(long)]
    vectors: Option<PathBuf>,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Fit { sources, out } => fit::run(&sources, &out),
        Command::Eval { sources, prior, cases, streaming } => eval::run(&sources, &prior, &cases, &streaming),
    }
}
