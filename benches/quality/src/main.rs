//! `gusset-quality`: measures, and fails below a baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gusset_quality::baselines::Baselines;
use gusset_quality::{chunking, floor, models::Models, retrieval, scale, set::Set};

/// Measures quality natively, with the cores as they ship.
#[derive(Parser)]
struct Arguments {
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
    /// BM25, dense, hybrid and reranked search, in nDCG@10.
    Retrieval {
        /// Folder of the data; its folder `retrieval` has sets in BEIR's layout.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
        /// Sets, by their folders' names; all if none is named.
        #[arg(long)]
        set: Vec<String>,
        /// Queries a set, at most, evenly spread.
        #[arg(long, default_value_t = 1500)]
        queries: usize,
    },
    /// How well a search knows that nothing in the collection answers.
    Floor {
        /// As for `retrieval`.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
        /// Queries a set, at most, evenly spread.
        #[arg(long, default_value_t = 300)]
        queries: usize,
        /// Writes each query's confidence there, for calibration.
        #[arg(long)]
        dump: Option<PathBuf>,
    },
    /// How documents are best split: recall, precision and IoU over characters.
    Chunking {
        /// Folder of the data; its folder `chunking` has corpora and questions.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
        /// Only these chunkers, as the table names them without what follows a comma; all if none is given.
        #[arg(long)]
        only: Vec<String>,
    },
    /// What a query reads and takes in collections of made-up passages, and how many of the nearest it finds.
    Scale {
        /// Sizes of the collections.
        #[arg(default_values_t = [1_000, 10_000, 100_000])]
        passages: Vec<u32>,
        /// Passages of a document.
        #[arg(long, default_value_t = 20)]
        document: u32,
    },
}

impl Command {
    /// The sets it is about; none where there is no data.
    fn sets(&self) -> anyhow::Result<Option<Vec<Set>>> {
        let (data, only, queries) = match self {
            Self::Retrieval { data, set, queries } => (data, set.as_slice(), *queries),
            Self::Floor { data, queries, .. } => (data, [].as_slice(), *queries),
            Self::Chunking { .. } | Self::Scale { .. } => return Ok(Some(Vec::new())),
        };
        let folder = data.join("retrieval");
        if !folder.is_dir() {
            println!("skipped: there is no data in {}", folder.display());
            return Ok(None);
        }
        Set::read_all(&folder, only, queries).map(Some)
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { models, cache, command } = Arguments::parse();
    if let Command::Scale { passages, document } = command {
        scale::measure(&passages, document)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(sets) = command.sets()? else { return Ok(ExitCode::SUCCESS) };
    let mut models = Models::load(&models, &cache)?;
    match command {
        Command::Retrieval { .. } => {
            let mut failed = false;
            let baselines = Baselines::committed("retrieval")?;
            for set in &sets {
                failed |= retrieval::measure(set, &mut models, &baselines)?;
            }
            Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Command::Chunking { data, only } => {
            let folder = data.join("chunking");
            if !folder.is_dir() {
                println!("skipped: there is no data in {}", folder.display());
                return Ok(ExitCode::SUCCESS);
            }
            let data = chunking::Data::read(&folder)?;
            let failed = chunking::measure(&data, &mut models, &only, &Baselines::committed("chunking")?)?;
            Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Command::Floor { dump, .. } => {
            floor::measure(&sets, &mut models, dump.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Scale { .. } => Ok(ExitCode::SUCCESS),
    }
}
