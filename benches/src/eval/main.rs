//! Quality measured through the served system, on public data in `../shared/data` or any folder of the same layout.
//!
//! `cargo xtask eval <measure>` runs this. It starts a host of its own with an empty state, so that nothing that
//! someone keeps is touched, and prints one table. It must not know anything of Gusset but its HTTP face.

#![expect(clippy::indexing_slicing, reason = "serde_json gives null for a missing field and does not panic")]

mod beir;
mod citations;
mod client;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser)]
#[command(name = "gusset-eval", about = "Measures quality through the served system")]
struct Arguments {
    /// Folder of the data sets.
    #[arg(long, default_value = "../shared/data", global = true)]
    data: PathBuf,
    /// The host's binary.
    #[arg(long, env = "GUSSET_BIN", default_value = "target/debug/gusset", global = true)]
    gusset: PathBuf,
    /// The composed application.
    #[arg(long, env = "GUSSET_COMPONENT", default_value = "target/gusset.wasm", global = true)]
    component: PathBuf,
    /// A server that already runs, instead of one of its own.
    #[arg(long, global = true)]
    url: Option<String>,
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Subcommand)]
enum Measure {
    /// Share of questions over the chunking corpora whose answer cites a passage with the answer text.
    Citations,
    /// nDCG@10 of a vector store's search (by words and vectors, reranked) on a set in BEIR's layout.
    Search {
        /// A folder below `retrieval/`: scifact, cranfield, squad-dev.
        #[arg(default_value = "scifact")]
        set: String,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.data.is_dir() {
        println!("skipped: no data at {} (name it with --data)", arguments.data.display());
        return Ok(());
    }
    let server =
        gusset_benches::Server::start(&arguments.gusset, &arguments.component, arguments.url.as_deref())?;
    let client = client::Client::new(server.url());
    match arguments.measure {
        Measure::Citations => citations::run(&client, &arguments.data),
        Measure::Search { set } => beir::run(&client, &arguments.data.join("retrieval").join(&set), &set),
    }
}
