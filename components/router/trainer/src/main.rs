//! `gusset-router-trainer`: trains the router's predictor from labelled data, and measures what it saves.

mod axes;
mod data;
mod eval;
mod fit;
mod folds;
mod forest;
mod prior;
mod random;
mod vectors;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use sha2::{Digest, Sha256};

use crate::fit::{ANY_SUBJECT, KNOWN_KIND, Source};
use crate::vectors::Vectors;

/// Trains and measures the router's predictor.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes a predictor.
    Train {
        #[command(flatten)]
        common: Common,
        /// JSON lines of one's own evaluations and feedback; may be given several times.
        #[arg(long)]
        own: Vec<PathBuf>,
        /// File to write.
        #[arg(long, default_value = "models/gusset-router-v1/predictor.bin")]
        out: PathBuf,
    },
    /// Prints cost-quality curves with 95% intervals, on questions and subjects not trained on.
    Eval {
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
struct Common {
    /// Folder of the public data sets.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// The compiled embedder; a build makes it.
    #[arg(long, default_value = "target/embed.blob")]
    embedder: PathBuf,
    /// Where to keep embeddings between runs.
    #[arg(long)]
    vectors: Option<PathBuf>,
    /// For everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Train { common, own, out } => train(common, &own, &out),
        Command::Eval { common } => {
            let vectors = Vectors::open(&common.embedder, common.vectors)?;
            print!("{}", eval::run(&common.data, &vectors, common.seed)?);
            Ok(())
        }
    }
}

fn train(common: Common, own: &[PathBuf], out: &PathBuf) -> Result<()> {
    let vectors = Vectors::open(&common.embedder, common.vectors)?;
    let mut sources = vec![
        Source { set: data::nine(&common.data)?, recipe: KNOWN_KIND, aligned: false },
        Source { set: data::pair(&common.data)?, recipe: ANY_SUBJECT, aligned: true },
    ];
    if !own.is_empty() {
        let texts: Vec<String> = own
            .iter()
            .map(|path| fs::read_to_string(path).with_context(|| format!("reading {}", path.display())))
            .collect::<Result<_>>()?;
        sources.push(Source { set: data::own(&texts.join("\n"))?, recipe: KNOWN_KIND, aligned: false });
    }
    let predictor = fit::predictor(&sources, &vectors, common.seed)?;
    let bytes = predictor.to_bytes()?;
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    fs::write(out, &bytes).with_context(|| format!("writing {}", out.display()))?;
    for panel in &predictor.panels {
        println!("{}: {} models, {} trees", panel.name, panel.models.len(), panel.forest.trees.len());
        for model in &panel.models {
            println!("  {} mean {:.3}, level {:.3}", model.names.join(", "), model.mean, model.level);
        }
    }
    println!("prior: {:?}", predictor.prior);
    println!("{}: {} bytes, sha256 {}", out.display(), bytes.len(), hex::encode(Sha256::digest(&bytes)));
    Ok(())
}
