//! `gusset index`: make a collection hold what a folder holds.
//!
//! Over the HTTP API alone, so it works on any server. What is there already, by path and sha256, is not sent again; what
//! replaces an older version is there before that one goes, so a search always finds one of them.

mod collection;
pub(super) mod documents;
mod multipart;

use super::api::{Api, Refused};
use super::{Target, explain, progress};
use crate::config::Environment;
use anyhow::Context;
use clap::Args;
use collection::{Remote, Stored};
use documents::{Document, Unreadable};
use futures::StreamExt;
use indicatif::{HumanBytes, ProgressBar};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Files on their way at once: while one is embedded, the next is read and sent.
const AT_ONCE: usize = 2;

#[derive(Args)]
pub(super) struct Index {
    /// The folder; its .md, .markdown, .txt, .html and .htm files are indexed
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The collection, made if it is missing
    #[arg(long, value_name = "NAME")]
    collection: String,
    /// Remove from the collection what is no longer in the folder
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    target: Target,
}

/// What to make of the collection.
pub(super) struct Collection<'a> {
    pub(super) name: &'a str,
    pub(super) prune: bool,
}

/// What became of a file.
enum Fate {
    Added,
    Updated,
    Unchanged,
    /// Can't be indexed, whatever the server does.
    Skipped(String),
    /// The server failed at it.
    Failed(anyhow::Error),
}

#[derive(Default)]
struct Tally {
    added: usize,
    updated: usize,
    unchanged: usize,
    skipped: usize,
    removed: usize,
    bytes: u64,
    failed: Option<anyhow::Error>,
}

// === impl Index ===

impl Index {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let api = self.target.api(environment)?;
        run(&api, &self.directory, Collection { name: &self.collection, prune: self.prune }).await
    }
}

/// Makes the collection hold what the directory holds, and says what became of it.
pub(super) async fn run(api: &Api, directory: &Path, collection: Collection<'_>) -> anyhow::Result<()> {
    let start = Instant::now();
    let documents = documents::find(directory)?;
    anyhow::ensure!(!documents.is_empty(), "{} holds no {} file", directory.display(), documents::listed());
    let remote = Remote::open(api, collection.name).await?;
    let stored = remote.files().await?;
    let bar = progress::bytes(documents.iter().map(|document| document.bytes).sum());
    let mut tally = Tally::default();
    let (remote, stored, bar) = (&remote, &stored, &bar);
    let mut fates = futures::stream::iter(&documents)
        .map(|document| async move {
            bar.set_message(document.path.clone());
            (document, bring(remote, document, stored.get(&document.path)).await)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((document, fate)) = fates.next().await {
        bar.inc(document.bytes);
        tally.count(document, fate, bar);
    }
    drop(fates);
    if collection.prune {
        tally.removed = prune(remote, &documents, stored).await?;
    }
    bar.finish_and_clear();
    tally.report(collection.name, start)
}

/// Sends a document if the collection has no equal one, and takes away those it replaces.
async fn bring(remote: &Remote<'_>, document: &Document, stored: Option<&Vec<Stored>>) -> Fate {
    let stored = stored.map(Vec::as_slice).unwrap_or_default();
    let content = match document.read().await {
        Ok(content) => content,
        Err(Unreadable(why)) => return Fate::Skipped(why),
    };
    let (current, outdated): (Vec<&Stored>, Vec<&Stored>) =
        stored.iter().partition(|file| file.indexed && file.sha256 == content.sha256);
    // An interrupted run may have left two.
    let twice = current.iter().skip(1).chain(&outdated);
    let sent = async {
        if current.is_empty() {
            remote.add(document, content).await?;
        }
        for file in twice {
            remote.remove(&file.id).await?;
        }
        anyhow::Ok(())
    };
    match sent.await {
        Ok(()) if !current.is_empty() => Fate::Unchanged,
        Ok(()) if outdated.is_empty() => Fate::Added,
        Ok(()) => Fate::Updated,
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if refused.status.is_client_error() => Fate::Skipped(refused.message.clone()),
            _ => Fate::Failed(error),
        },
    }
}

/// Removes the files of documents that the folder no longer has. Files without a path were put there by somebody else.
async fn prune(
    remote: &Remote<'_>,
    documents: &[Document],
    stored: &HashMap<String, Vec<Stored>>,
) -> anyhow::Result<usize> {
    let present: HashSet<&str> = documents.iter().map(|document| document.path.as_str()).collect();
    let mut removed = 0;
    for file in
        stored.iter().filter(|(path, _)| !present.contains(path.as_str())).flat_map(|(_, files)| files)
    {
        remote.remove(&file.id).await?;
        removed += 1;
    }
    Ok(removed)
}

// === impl Tally ===

impl Tally {
    fn count(&mut self, document: &Document, fate: Fate, bar: &ProgressBar) {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Updated => self.updated += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::Skipped(why) => {
                self.skipped += 1;
                bar.suspend(|| eprintln!("skipped {}: {why}", document.path));
                return;
            }
            Fate::Failed(error) => {
                bar.suspend(|| eprintln!("failed  {}: {}", document.path, explain(&error)));
                self.failed = Some(error);
                return;
            }
        }
        self.bytes += document.bytes;
    }

    /// One line; an error where the server failed, or where nothing at all could be indexed.
    fn report(self, collection: &str, start: Instant) -> anyhow::Result<()> {
        let mut parts = vec![
            format!("{} added", self.added),
            format!("{} updated", self.updated),
            format!("{} unchanged", self.unchanged),
        ];
        parts.extend((self.removed > 0).then(|| format!("{} removed", self.removed)));
        parts.extend((self.skipped > 0).then(|| format!("{} skipped", self.skipped)));
        println!(
            "{collection}: {} ({}) in {:.1} s",
            parts.join(", "),
            HumanBytes(self.bytes),
            start.elapsed().as_secs_f64()
        );
        if let Some(error) = self.failed {
            return Err(error)
                .context("the server failed at some files; run the same command again for these");
        }
        anyhow::ensure!(self.added + self.updated + self.unchanged > 0, "no file could be indexed");
        Ok(())
    }
}
