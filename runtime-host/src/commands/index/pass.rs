//! One pass over the folder: what it finds is read and sent, so many files at once, and what is gone is taken out of the collection.

use super::super::api::Refused;
use super::super::{explain, progress};
use super::collection::Remote;
use super::kinds::{Kinds, is_pdf};
use super::ledger::{Ledger, Since, Stored};
use super::read::{self, Reading};
use super::report::Tally;
use super::walk::{Document, Found, Problem, Walk};
use anyhow::Context;
use futures::StreamExt;
use gusset_gateway::dialect::openai::vector_stores::Gusset;
use http::StatusCode;
use indicatif::ProgressBar;
use std::path::Path;
use std::time::SystemTime;
use tokio::sync::{Semaphore, mpsc, watch};

/// KiB of files that are on their way at once. Each is in memory twice, as a text and as a form; a larger one goes alone.
const IN_FLIGHT: u32 = 64 << 10;

/// Found files that wait for their turn.
const AHEAD: usize = 64;

/// Files that the server may fail at in a row before it is taken for broken.
const FAILURES: usize = 32;

/// Files that are tried once more by themselves after the others.
const SECOND_TRIES: usize = 1000;

/// Passes after which a file that is written to all the time is read all the same.
const PATIENCE: u32 = 5;

/// A file that was written to so shortly before it was read, in nanoseconds, may be written to again without its time changing: clocks of file systems are coarse.
const COARSE: i64 = 2_000_000_000;

/// What a pass works with.
pub(super) struct Pass<'a> {
    remote: &'a Remote<'a>,
    ledger: &'a Ledger,
    bar: ProgressBar,
    in_flight: Semaphore,
    /// Grows with every pass over the same ledger.
    number: i64,
}

/// What is asked of a pass.
pub(super) struct Order<'a> {
    pub(super) directory: &'a Path,
    pub(super) kinds: &'a Kinds,
    pub(super) jobs: usize,
    pub(super) prune: bool,
    /// How the collection is to cut, where it is said.
    pub(super) chunking: Option<Gusset>,
    /// Turns true when no more files are to be begun.
    pub(super) stop: watch::Receiver<bool>,
}

/// What became of a file.
enum Fate {
    Added,
    Updated,
    Unchanged,
    /// As it was in the last pass, or not to be read yet.
    Left,
    /// It is there no more.
    Gone,
    /// It can't be indexed, whatever the server does.
    Skipped(String),
    /// The server failed at it.
    Failed(anyhow::Error),
}

// === impl Pass ===

impl<'a> Pass<'a> {
    pub(super) fn new(remote: &'a Remote<'a>, ledger: &'a Ledger, number: i64) -> Self {
        let bar = if number == 1 { progress::files() } else { ProgressBar::hidden() };
        Self { remote, ledger, bar, in_flight: Semaphore::new(IN_FLIGHT as usize), number }
    }

    /// Does it.
    ///
    /// # Errors
    /// The folder can't be read at all; the server can't be reached, or takes nothing.
    pub(super) async fn run(&self, order: &Order<'_>) -> anyhow::Result<Tally> {
        let walk = self.walk(order)?;
        let mut tally = Tally::default();
        let mut closed = Vec::new();
        let mut again = Vec::new();
        let mut failures = 0;
        let until_stopped = |_: &Found| futures::future::ready(!*order.stop.borrow());
        let mut fates =
            futures::stream::unfold(walk, |mut walk| async move { Some((walk.recv().await?, walk)) })
                .boxed()
                .take_while(until_stopped)
                .map(|found| self.meet(found))
                .buffer_unordered(order.jobs);
        while let Some(met) = fates.next().await {
            let (found, fate) = met?;
            self.bar.inc(1);
            tally.found += 1;
            failures = if matches!(fate, Fate::Failed(_)) { failures + 1 } else { 0 };
            match (found, fate) {
                (Found::Document(document), Fate::Failed(error)) => {
                    anyhow::ensure!(
                        failures < FAILURES,
                        "the server failed at {FAILURES} files in a row, the last time so: {}",
                        explain(&error)
                    );
                    if again.len() < SECOND_TRIES && deserves_second_try(&error) {
                        again.push(document);
                    } else {
                        self.count(&mut tally, &document, Fate::Failed(error))?;
                    }
                }
                (Found::Document(document), fate) => self.count(&mut tally, &document, fate)?,
                (Found::Unreadable(problem), _) => tally.problem(problem),
                (Found::Closed(problem), _) => {
                    closed.push(problem.path.clone());
                    tally.problem(problem);
                }
            }
        }
        drop(fates);
        // One that makes an instance of the server fail takes down those that it serves at the same time: each by itself shows which it was.
        for document in again {
            let fate = self.bring(&document).await?;
            self.count(&mut tally, &document, fate)?;
        }
        // A folder without any document is more likely not mounted than emptied.
        if order.prune && !*order.stop.borrow() && tally.found > 0 {
            tally.removed = self.prune(&closed).await?;
        }
        self.ledger.forget_unseen(self.number)?;
        self.bar.finish_and_clear();
        Ok(tally)
    }

    /// Walks on a thread of its own, a little ahead.
    fn walk(&self, order: &Order<'_>) -> anyhow::Result<mpsc::Receiver<Found>> {
        let open = || Walk::new(order.directory, order.kinds.clone());
        let unreadable = || format!("{} can't be read", order.directory.display());
        let walk = open().with_context(unreadable)?;
        if !self.bar.is_hidden() {
            let (counted, bar) = (open().with_context(unreadable)?, self.bar.clone());
            tokio::task::spawn_blocking(move || {
                counted.take_while(|_| !bar.is_finished()).for_each(|_| bar.inc_length(1))
            });
        }
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let mut walk = walk;
            // Who doesn't listen any more has stopped.
            walk.try_for_each(|found| sender.blocking_send(found))
        });
        Ok(receiver)
    }

    async fn meet(&self, found: Found) -> anyhow::Result<(Found, Fate)> {
        match &found {
            Found::Document(document) => {
                let since = self.ledger.compare(&document.path, self.number, document.stamp)?;
                let wait = self.number > 1 && matches!(since, Since::Changing(times) if times < PATIENCE);
                let fate =
                    if wait || since == Since::Done { Fate::Left } else { self.bring(document).await? };
                Ok((found, fate))
            }
            Found::Unreadable(problem) => {
                self.ledger.see(&problem.path, self.number)?;
                Ok((found, Fate::Left))
            }
            Found::Closed(_) => Ok((found, Fate::Left)),
        }
    }

    /// Sends a document if the collection has no equal one, and takes away those it replaces.
    async fn bring(&self, document: &Document) -> anyhow::Result<Fate> {
        let stored = self.ledger.stored(&document.path)?;
        let kib = u32::try_from(document.stamp.bytes >> 10).unwrap_or(u32::MAX).saturating_add(1);
        // What reads a PDF may take a good deal more than its size.
        let kib = if is_pdf(&document.file) { kib.max(IN_FLIGHT / 2) } else { kib };
        let _permit = self.in_flight.acquire_many(kib.min(IN_FLIGHT)).await?;
        self.bar.set_message(document.path.clone());
        let reading = {
            let (document, limit) = (document.clone(), self.remote.file_bytes);
            let hashes: Vec<String> =
                stored.iter().filter(|file| file.indexed).map(|file| file.sha256.clone()).collect();
            let read =
                move || read::read(&document, limit, |sha256| hashes.iter().any(|hash| hash == sha256));
            tokio::task::spawn_blocking(read).await.context("reading broke off")?
        };
        let (sent, note) = match reading {
            Reading::Unchanged => return self.tidy(&stored).await,
            Reading::Gone => return Ok(Fate::Gone),
            Reading::Unreadable(why) => return Ok(Fate::Skipped(why)),
            Reading::Text(mut content) => {
                let note = content.note.take();
                (self.send(document, content, &stored).await, note)
            }
        };
        match (sent, note) {
            (Ok(_), Some(note)) => Ok(Fate::Skipped(note)),
            (Ok(()), None) if stored.is_empty() => Ok(Fate::Added),
            (Ok(()), None) => Ok(Fate::Updated),
            (Err(error), _) => judge(error),
        }
    }

    async fn send(
        &self,
        document: &Document,
        content: read::Content,
        stored: &[Stored],
    ) -> anyhow::Result<()> {
        let new = self.remote.add(&document.path, content).await?;
        self.ledger.add(&document.path, &new)?;
        for file in stored.iter().filter(|file| file.id != new.id) {
            self.remote.remove(&file.id).await?;
            self.ledger.remove(&file.id)?;
        }
        Ok(())
    }

    /// Leaves one file of several of a path whose document has not changed: an interrupted run may have left its predecessor.
    async fn tidy(&self, stored: &[Stored]) -> anyhow::Result<Fate> {
        let current = stored.iter().position(|file| file.indexed);
        for (_, file) in stored.iter().enumerate().filter(|(at, _)| Some(*at) != current) {
            if let Err(error) = self.remote.remove(&file.id).await {
                return judge(error);
            }
            self.ledger.remove(&file.id)?;
        }
        Ok(Fate::Unchanged)
    }

    /// Removes the files of documents that the folder no longer has, except where it can't be looked into.
    async fn prune(&self, closed: &[String]) -> anyhow::Result<usize> {
        let hidden = |path: &str| {
            closed.iter().any(|folder| {
                folder.is_empty()
                    || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let (mut removed, mut after) = (0, (String::new(), String::new()));
        loop {
            let missing = self.ledger.missing(self.number, &after)?;
            let Some(last) = missing.last() else { return Ok(removed) };
            after = last.clone();
            for (_, id) in missing.iter().filter(|(path, _)| !hidden(path)) {
                self.remote.remove(id).await?;
                self.ledger.remove(id)?;
                removed += 1;
            }
        }
    }

    fn count(&self, tally: &mut Tally, document: &Document, fate: Fate) -> anyhow::Result<()> {
        let counted = match fate {
            Fate::Left | Fate::Gone => return Ok(()),
            Fate::Added => Some(&mut tally.added),
            Fate::Updated => Some(&mut tally.updated),
            Fate::Unchanged => Some(&mut tally.unchanged),
            Fate::Skipped(ref why) => {
                tally.problem(Problem { path: document.path.clone(), why: why.clone() });
                None
            }
            Fate::Failed(ref error) => {
                tally.problem(Problem { path: document.path.clone(), why: explain(error) });
                None
            }
        };
        if let Some(counted) = counted {
            *counted += 1;
            tally.bytes += document.stamp.bytes;
        }
        if is_settled(document) { self.ledger.done(&document.path) } else { Ok(()) }
    }
}

/// Whether the document's time tells of any write from now on.
fn is_settled(document: &Document) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
    document.stamp.modified.is_some_and(|modified| modified < now.saturating_sub(COARSE))
}

/// What an error of the server says: about the file, about the server's trouble with it, or about all files.
fn judge(error: anyhow::Error) -> anyhow::Result<Fate> {
    let Some(refused) = error.downcast_ref::<Refused>() else { return Err(error) };
    match refused.status {
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Ok(Fate::Skipped(format!("the server refuses it: {}", refused.message))),
        StatusCode::GATEWAY_TIMEOUT => Ok(Fate::Skipped(
            "indexing it takes longer than the server allows; split it, start the server with --embed native, or raise limits.request_seconds in its gusset.toml"
                .into(),
        )),
        StatusCode::TOO_MANY_REQUESTS => Ok(Fate::Failed(error)),
        status if status.is_server_error() => Ok(Fate::Failed(error)),
        _ => Err(error),
    }
}

/// Whether what the server failed at may have been another file.
fn deserves_second_try(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.status.is_server_error())
}
