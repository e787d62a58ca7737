//! `gusset index`: make a collection hold what a folder holds, once or from now on.
//!
//! Over the HTTP API alone, so it works on any server. What is there already, by path and sha256, is not sent again; what
//! replaces an older version is there before that one goes, so a search always finds one of them. Neither the folder nor the collection is ever in memory: the
//! one is a stream (`walk`), the other a temporary file (`ledger`).

mod chunked;
mod collection;
mod decode;
pub(super) mod kinds;
mod ledger;
mod multipart;
mod pass;
pub(super) mod pdf;
pub(super) mod read;
mod report;
pub(super) mod walk;
mod watching;

use super::Target;
use super::api::Api;
use crate::config::Environment;
use anyhow::Context;
use chunked::Chunked;
use clap::Args;
use collection::Remote;
use kinds::Kinds;
use ledger::Ledger;
use pass::{Order, Pass};
use report::Tally;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::sync::watch;

#[derive(Args)]
pub(super) struct Index {
    /// The folder; its text, Markdown, HTML, PDF, source code, CSV and JSON files are indexed
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The collection, made if it is missing
    #[arg(long, value_name = "NAME")]
    collection: String,
    /// Remove from the collection what is no longer in the folder
    #[arg(long)]
    prune: bool,
    /// Go on: index what is added or changed from now on, and remove what is deleted, until ctrl-c
    #[arg(long)]
    watch: bool,
    /// Seconds between two looks at the folder, with --watch
    #[arg(long, value_name = "SECONDS", default_value = "2", requires = "watch", value_parser = clap::value_parser!(u16).range(1..))]
    interval: u16,
    /// Only files with these extensions, such as md,pdf
    #[arg(long, value_name = "EXTENSIONS", value_delimiter = ',')]
    only: Vec<String>,
    /// Files sent at once
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    #[command(flatten)]
    chunked: Chunked,
    #[command(flatten)]
    target: Target,
}

/// Files sent at once. Embedding is what takes time, and the server does it on its cores; more at once than those cover the time that a file waits for the disk.
const JOBS: u16 = 8;

/// What to make of the collection.
pub(super) struct Collection<'a> {
    pub(super) name: &'a str,
    pub(super) prune: bool,
}

// === impl Index ===

impl Index {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let Self { directory, collection, prune, watch, interval, only, jobs, chunked, target } = self;
        let api = target.api(environment)?;
        let kinds = Kinds::new(&only);
        let (_alive, stop) = watch::channel(false);
        let order = Order {
            directory: &directory,
            kinds: &kinds,
            jobs: jobs.into(),
            prune: prune || watch,
            chunking: chunked.asked(),
            stop,
        };
        if watch {
            return watching::run(&api, &collection, order, interval).await;
        }
        let problems = once(&api, &collection, &order).await?.problems();
        anyhow::ensure!(
            problems == 0,
            "{problems} of {} not indexed; each is named above",
            directory.display()
        );
        Ok(())
    }
}

/// Makes the collection hold what the directory holds, and says what became of it.
///
/// # Errors
/// The folder can't be read or holds no document; the server can't be reached, or takes nothing.
pub(super) async fn run(api: &Api, directory: &Path, collection: Collection<'_>) -> anyhow::Result<()> {
    let (_alive, stop) = watch::channel(false);
    let Collection { name, prune } = collection;
    let order = Order { directory, kinds: &Kinds::default(), jobs: JOBS.into(), prune, chunking: None, stop };
    once(api, name, &order).await.map(drop)
}

async fn once(api: &Api, collection: &str, order: &Order<'_>) -> anyhow::Result<Tally> {
    let start = Instant::now();
    // Before a collection is made for it.
    std::fs::read_dir(order.directory)
        .with_context(|| format!("{} can't be read", order.directory.display()))?;
    let remote = Remote::open(api, collection, order.chunking).await?;
    let ledger = Ledger::new()?;
    remote.list(&ledger).await?;
    let tally = Pass::new(&remote, &ledger, 1).run(order).await?;
    anyhow::ensure!(
        tally.found > 0,
        "{} holds no document: no file of {}",
        order.directory.display(),
        order.kinds.describe()
    );
    tally.print(collection, start.elapsed());
    Ok(tally)
}
