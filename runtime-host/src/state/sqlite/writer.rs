//! The one thread that writes: many writes a transaction, each its own savepoint, and what was deferred in the same.

use super::super::{Error, Version, add};
use super::File;
use super::deferred::{Changes, DELAY, Deferred};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::oneshot;

/// Writes a transaction, at most: bounds how long the first of them waits for the last.
const GROUP: usize = 128;

/// Told once the transaction is on the disk, or why it isn't.
pub(super) type Done<T> = oneshot::Sender<Result<T, Error>>;

pub(super) enum Job {
    Write {
        changes: Vec<(String, Option<Vec<u8>>)>,
        done: Done<()>,
    },
    Swap {
        key: String,
        expected: Option<Version>,
        value: Vec<u8>,
        done: Done<bool>,
    },
    Increment {
        key: String,
        delta: i64,
        done: Done<i64>,
    },
    /// Something was deferred; it need not be written at once.
    Deferred,
    /// What was deferred is to be written now.
    Flush {
        done: Done<()>,
    },
}

/// Sends jobs to the thread. Dropping this waits until what was sent or deferred is written.
pub(super) struct Writer {
    /// `None` once this is being dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread has.
struct Thread {
    connection: Connection,
    file: File,
    queue: Receiver<Job>,
    deferred: Arc<Deferred>,
}

/// A job that was done inside the transaction and is told so after it.
type Acknowledge = Box<dyn FnOnce(Result<(), Error>) + Send>;

// === impl Writer ===

impl Writer {
    pub(super) fn start(connection: Connection, file: File, deferred: Arc<Deferred>) -> Result<Self, Error> {
        let (jobs, queue) = channel();
        let path = file.path.display().to_string();
        let thread = Thread { connection, file, queue, deferred };
        let thread = std::thread::Builder::new()
            .name("state-writer".into())
            .spawn(move || thread.run())
            .map_err(|source| Error::Setup { path, source })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn run<T>(&self, job: impl FnOnce(Done<T>) -> Job) -> Result<T, Error> {
        let (done, outcome) = oneshot::channel();
        self.send(job(done))?;
        outcome.await.map_err(|_| Error::Closed)?
    }

    pub(super) fn send(&self, job: Job) -> Result<(), Error> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(Error::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the state ended by itself");
        }
    }
}

// === impl Thread ===

impl Thread {
    fn run(mut self) {
        // When what was deferred has waited long enough.
        let mut due: Option<Instant> = None;
        loop {
            let first = match due {
                None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => self.queue.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match first {
                Ok(Job::Deferred) => due = due.or_else(|| Instant::now().checked_add(DELAY)),
                Ok(first) => {
                    let rest = self.queue.try_iter().take(GROUP - 1);
                    let jobs = std::iter::once(first).chain(rest);
                    // What was deferred goes along, whether or not the writer was told of it before.
                    let jobs = jobs.filter(|job| !matches!(job, Job::Deferred)).collect();
                    due = None;
                    self.write(jobs);
                }
                Err(RecvTimeoutError::Timeout) => {
                    due = None;
                    self.write(Vec::new());
                }
                Err(RecvTimeoutError::Disconnected) => return self.write(Vec::new()),
            }
        }
    }

    /// One transaction: what was deferred, then the jobs. If it can't be begun or committed, every job in it hears so.
    fn write(&mut self, jobs: Vec<Job>) {
        let changes = self.deferred.take();
        if changes.is_empty() && jobs.is_empty() {
            return;
        }
        let (done, written) = transact(&mut self.connection, &self.file, changes, jobs);
        // Before anybody is told, so that nobody reads what a job has overwritten.
        self.deferred.written();
        for acknowledge in done {
            acknowledge(written.as_ref().copied().map_err(repeat));
        }
    }
}

/// The jobs that were done, and whether they are on the disk. Those that were not done have been told.
fn transact(
    connection: &mut Connection,
    file: &File,
    changes: Changes,
    jobs: Vec<Job>,
) -> (Vec<Acknowledge>, Result<(), Error>) {
    let lost = |error: &Error| tracing::warn!("what was deferred, such as traces, was lost: {error}");
    let refuse = |jobs: Vec<Job>, error: &Error| {
        jobs.into_iter().for_each(|job| job.refuse(error));
        (Vec::new(), Ok(()))
    };
    let mut holds_deferred = !changes.is_empty();
    let mut transaction = match begin(connection, file) {
        Ok(transaction) => transaction,
        Err(error) => {
            if holds_deferred {
                lost(&error);
            }
            return refuse(jobs, &error);
        }
    };
    if holds_deferred
        && let Err(error) = in_savepoint(&mut transaction, file, |t| set_all(t, file, changes.into_iter()))
    {
        holds_deferred = false;
        lost(&error);
        // A full disk can end the whole transaction, which is no reason to refuse what may fit.
        if transaction.is_autocommit() {
            drop(transaction);
            transaction = match begin(connection, file) {
                Ok(transaction) => transaction,
                Err(error) => return refuse(jobs, &error),
            };
        }
    }
    let mut done: Vec<Acknowledge> = Vec::new();
    for job in jobs {
        // It can do so here, too; what came after would then be written, and refused all the same.
        if transaction.is_autocommit() {
            job.refuse(&file.full());
        } else {
            done.extend(job.apply(&mut transaction, file));
        }
    }
    let written = if transaction.is_autocommit() {
        Err(file.full())
    } else {
        transaction.commit().map_err(|source| file.error(source))
    };
    if let (true, Err(error)) = (holds_deferred, &written) {
        lost(error);
    }
    (done, written)
}

fn begin<'c>(connection: &'c mut Connection, file: &File) -> Result<Transaction<'c>, Error> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|source| file.error(source))
}

/// The same error for one more listener; SQLite's own can't be cloned, and its text says it all.
fn repeat(error: &Error) -> Error {
    match error {
        Error::Full(path) => Error::Full(path.clone()),
        Error::Sqlite { path, source } => Error::Sqlite {
            path: path.clone(),
            source: match source {
                rusqlite::Error::SqliteFailure(code, text) => {
                    rusqlite::Error::SqliteFailure(*code, text.clone())
                }
                other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
            },
        },
        _ => Error::Closed,
    }
}

// === impl Job ===

impl Job {
    /// Does the job in a savepoint of its own. One that fails is undone and told at once; the others go on.
    fn apply(self, transaction: &mut Transaction<'_>, file: &File) -> Option<Acknowledge> {
        match self {
            Self::Write { changes, done } => {
                settle(done, in_savepoint(transaction, file, |t| set_all(t, file, changes.into_iter())))
            }
            Self::Swap { key, expected, value, done } => {
                settle(done, in_savepoint(transaction, file, |t| swap(t, file, &key, expected, &value)))
            }
            Self::Increment { key, delta, done } => {
                settle(done, in_savepoint(transaction, file, |t| increment(t, file, &key, delta)))
            }
            Self::Deferred => None,
            Self::Flush { done } => settle(done, Ok(())),
        }
    }

    fn refuse(self, error: &Error) {
        match self {
            Self::Write { done, .. } => drop(done.send(Err(repeat(error)))),
            Self::Swap { done, .. } => drop(done.send(Err(repeat(error)))),
            Self::Increment { done, .. } => drop(done.send(Err(repeat(error)))),
            Self::Deferred => {}
            Self::Flush { done } => drop(done.send(Err(repeat(error)))),
        }
    }
}

/// Tells a failure now, and a success once it is on the disk. Nobody may be listening any more; the write stands all the same.
fn settle<T: Send + 'static>(done: Done<T>, outcome: Result<T, Error>) -> Option<Acknowledge> {
    match outcome {
        Ok(value) => Some(Box::new(move |committed| drop(done.send(committed.map(|()| value))))),
        Err(error) => {
            drop(done.send(Err(error)));
            None
        }
    }
}

fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    file: &File,
    job: impl FnOnce(&Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    let savepoint = transaction.savepoint().map_err(|source| file.error(source))?;
    let value = job(&savepoint)?;
    savepoint.commit().map_err(|source| file.error(source))?;
    Ok(value)
}

fn set_all(
    connection: &Connection,
    file: &File,
    changes: impl Iterator<Item = (String, Option<Vec<u8>>)>,
) -> Result<(), Error> {
    for (key, value) in changes {
        match value {
            Some(value) => set(connection, &key, &value),
            None => remove(connection, &key),
        }
        .map_err(|source| file.error(source))?;
    }
    Ok(())
}

fn swap(
    connection: &Connection,
    file: &File,
    key: &str,
    expected: Option<Version>,
    value: &[u8],
) -> Result<bool, Error> {
    let compare = || {
        let mut statement = connection.prepare_cached("SELECT id FROM entries WHERE key = ?1")?;
        let current = statement.query_row(params![key], |row| row.get(0)).optional()?.map(Version);
        if current == expected {
            set(connection, key, value)?;
        }
        Ok(current == expected)
    };
    compare().map_err(|source| file.error(source))
}

fn increment(connection: &Connection, file: &File, key: &str, delta: i64) -> Result<i64, Error> {
    let read = || {
        let mut statement = connection.prepare_cached("SELECT value FROM entries WHERE key = ?1")?;
        statement.query_row(params![key], |row| row.get::<_, Vec<u8>>(0)).optional()
    };
    let current = read().map_err(|source| file.error(source))?;
    let sum = add(key, current.as_deref(), delta)?;
    set(connection, key, &sum.to_le_bytes()).map_err(|source| file.error(source))?;
    Ok(sum)
}

/// A replaced row gets a new id, which is its new version.
fn set(connection: &Connection, key: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO entries (key, value) VALUES (?1, ?2)")?
        .execute(params![key, value])
        .map(drop)
}

fn remove(connection: &Connection, key: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM entries WHERE key = ?1")?.execute(params![key]).map(drop)
}
