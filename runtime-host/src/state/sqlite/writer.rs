//! The one thread that writes: many writes a transaction, each its own savepoint.

use super::super::{Error, Version, add};
use super::File;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

/// Writes a transaction, at most: bounds how long the first of them waits for the last.
const GROUP: usize = 128;

/// Told once the transaction is on the disk, or why it isn't.
pub(super) type Done<T> = oneshot::Sender<Result<T, Error>>;

pub(super) enum Job {
    Write { changes: Vec<(String, Option<Vec<u8>>)>, done: Done<()> },
    Swap { key: String, expected: Option<Version>, value: Vec<u8>, done: Done<bool> },
    Increment { key: String, delta: i64, done: Done<i64> },
}

/// Sends jobs to the thread, which ends when this is dropped and what was sent is written.
pub(super) struct Writer {
    jobs: Sender<Job>,
}

/// A job that was done inside the transaction and is told so after it.
type Acknowledge = Box<dyn FnOnce(Result<(), Error>) + Send>;

// === impl Writer ===

impl Writer {
    pub(super) fn start(connection: Connection, file: File) -> Result<Self, Error> {
        let (jobs, queue) = channel();
        let path = file.path.display().to_string();
        std::thread::Builder::new()
            .name("state-writer".into())
            .spawn(move || run(connection, &file, &queue))
            .map_err(|source| Error::Setup { path, source })?;
        Ok(Self { jobs })
    }

    pub(super) async fn run<T>(&self, job: impl FnOnce(Done<T>) -> Job) -> Result<T, Error> {
        let (done, outcome) = oneshot::channel();
        self.jobs.send(job(done)).map_err(|_| Error::Closed)?;
        outcome.await.map_err(|_| Error::Closed)?
    }
}

fn run(mut connection: Connection, file: &File, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)).collect();
        write(&mut connection, file, jobs);
    }
}

/// One transaction. If it can't be begun or committed, every job in it hears so.
fn write(connection: &mut Connection, file: &File, jobs: Vec<Job>) {
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(source) => {
            let error = file.error(source);
            return jobs.into_iter().for_each(|job| job.refuse(&error));
        }
    };
    let mut done: Vec<Acknowledge> = Vec::new();
    for job in jobs {
        // A full disk can end the whole transaction; what came after would then be written, and refused all the same.
        if transaction.is_autocommit() {
            job.refuse(&file.full());
        } else {
            done.extend(job.apply(&mut transaction, file));
        }
    }
    if transaction.is_autocommit() {
        return done.into_iter().for_each(|acknowledge| acknowledge(Err(file.full())));
    }
    let committed = transaction.commit().map_err(|source| file.error(source));
    for acknowledge in done {
        acknowledge(committed.as_ref().copied().map_err(repeat));
    }
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
                settle(done, in_savepoint(transaction, file, |t| set_all(t, file, changes)))
            }
            Self::Swap { key, expected, value, done } => {
                settle(done, in_savepoint(transaction, file, |t| swap(t, file, &key, expected, &value)))
            }
            Self::Increment { key, delta, done } => {
                settle(done, in_savepoint(transaction, file, |t| increment(t, file, &key, delta)))
            }
        }
    }

    fn refuse(self, error: &Error) {
        match self {
            Self::Write { done, .. } => drop(done.send(Err(repeat(error)))),
            Self::Swap { done, .. } => drop(done.send(Err(repeat(error)))),
            Self::Increment { done, .. } => drop(done.send(Err(repeat(error)))),
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
    changes: Vec<(String, Option<Vec<u8>>)>,
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
