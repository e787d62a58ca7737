//! `gusset-quality`: measures, and fails below a baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gusset_quality::baselines::Baselines;
use gusset_quality::{
    chunking, corpora, floor, groundedness, models::Models, query, retrieval, scale, set::Set,
};

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
    /// Follow-ups, questions that ask two things, and single ones, as they are searched for.
    Query {
        /// As for `retrieval`.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
    },
    /// Whether a statement is known to be in the passage that it cites.
    Groundedness {
        /// As for `retrieval`, with the texts of its folder `chunking`.
        #[arg(long, default_value = "../shared/data")]
        data: PathBuf,
        /// Writes what each pair is judged by there, for calibration.
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
        /// Where they are kept.
        #[arg(long, default_value = "memory")]
        store: scale::Kept,
    },
}

impl Command {
    /// The sets it is about; none where there is no data.
    fn sets(&self) -> anyhow::Result<Option<Vec<Set>>> {
        let (data, only, queries) = match self {
            Self::Retrieval { data, set, queries } => (data, set.as_slice(), *queries),
            Self::Floor { data, queries, .. } => (data, [].as_slice(), *queries),
            Self::Query { data } | Self::Groundedness { data, .. } => (data, [].as_slice(), 100_000),
            Self::Chunking { .. } | Self::Scale { .. } => return Ok(Some(Vec::new())),
        };
        let folder = data.join("retrieval");
        if !folder.is_dir() {
            println!("skipped: there is no data in {}", folder.display());
            return Ok(None);
        }
        Set::read_all(&folder, only, queries).map(Some)
    }

    /// Texts with questions; none where there are none, or they are not asked for.
    fn texts(&self) -> anyhow::Result<Vec<Set>> {
        let (Self::Floor { data, .. } | Self::Groundedness { data, .. }) = self else {
            return Ok(Vec::new());
        };
        let folder = data.join("chunking");
        if folder.is_dir() { corpora::read_all(&folder) } else { Ok(Vec::new()) }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { models, cache, command } = Arguments::parse();
    if let Command::Scale { passages, document, store } = command {
        scale::measure(&passages, document, store)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(mut sets) = command.sets()? else { return Ok(ExitCode::SUCCESS) };
    let texts = command.texts()?;
    let mut models = Models::load(&models, &cache)?;
    match command {
        Command::Retrieval { .. } => {
            let mut failed = false;
            let baselines = Baselines::committed("retrieval")?;
            for set in &sets {
                failed |= retrieval::measure(set, &mut models, &baselines)?;
            }
            Ok(ended(failed))
        }
        Command::Chunking { data, only } => {
            let folder = data.join("chunking");
            if !folder.is_dir() {
                println!("skipped: there is no data in {}", folder.display());
                return Ok(ExitCode::SUCCESS);
            }
            let data = chunking::Data::read(&folder)?;
            let failed = chunking::measure(&data, &mut models, &only, &Baselines::committed("chunking")?)?;
            Ok(ended(failed))
        }
        Command::Floor { dump, .. } => {
            floor::measure(&sets, &texts, &mut models, dump.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Query { .. } => {
            Ok(ended(query::measure(&sets, &mut models, &Baselines::committed("query")?)?))
        }
        Command::Groundedness { dump, .. } => {
            let baselines = Baselines::committed("groundedness")?;
            sets.extend(texts);
            Ok(ended(groundedness::measure(&sets, &mut models, &baselines, dump.as_deref())?))
        }
        Command::Scale { .. } => Ok(ExitCode::SUCCESS),
    }
}

fn ended(failed: bool) -> ExitCode {
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
