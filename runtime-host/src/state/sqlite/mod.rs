//! State in one SQLite file: durable, and consistent through a crash at any moment.
//!
//! - Write-ahead log with `synchronous = FULL`: a write is on the disk when it is acknowledged.
//! - One thread writes. Writes that arrive while it waits for the disk share the next transaction, so that a hundred
//!   concurrent writers wait for one flush, not for a hundred.
//! - What may be lost in a crash is acknowledged at once and written with the next transaction, or soon: `deferred`.
//! - Reads run on their own connections, beside the writer and each other. Writes never run on a thread that drives
//!   requests, since a flush takes milliseconds; reads only where they are short.
//! - A row's version is its `id`. `AUTOINCREMENT` never gives an id twice, whatever was deleted in between, which is
//!   what makes compare-and-swap safe from a key that was deleted and set again.

mod deferred;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use super::{Entry, Error, Page, Store, Version, add};
use deferred::{Added, Deferred};
use futures::FutureExt;
use futures::future::BoxFuture;
use reader::Readers;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use writer::{Job, Writer};

/// Format of the file, kept in `user_version`. A later one is refused, not guessed at.
const FORMAT: i64 = 1;

/// How long to wait for another process that writes the same file, such as a predecessor that is still draining.
const BUSY: Duration = Duration::from_secs(10);

/// Prepared statements kept a connection: there are fewer than this.
const STATEMENTS: usize = 16;

/// Version of a value that is not written yet, which no value in the file has.
const UNWRITTEN: Version = Version(i64::MIN);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS entries (
        id    INTEGER PRIMARY KEY AUTOINCREMENT,
        key   TEXT NOT NULL UNIQUE,
        value BLOB NOT NULL
    ) STRICT;
";

/// A store in one SQLite file.
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    deferred: Arc<Deferred>,
}

/// The file, and how to speak of it in errors.
#[derive(Clone)]
struct File {
    path: PathBuf,
}

// === impl Sqlite ===

impl Sqlite {
    /// Opens the file, and makes it and its directory where they are missing.
    ///
    /// # Errors
    /// Where it can't be opened, is no SQLite file, or was written by a later version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)
                .map_err(|source| Error::Setup { path: directory.display().to_string(), source })?;
        }
        let file = File { path: path.to_owned() };
        let connection = file.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        file.prepare(&connection)?;
        Self::new(connection, file)
    }

    fn new(connection: Connection, file: File) -> Result<Self, Error> {
        let deferred = Arc::<Deferred>::default();
        let writer = Writer::start(connection, file.clone(), Arc::clone(&deferred))?;
        Ok(Self { writer, readers: Readers::new(file), deferred })
    }

    /// What the writer is to be told of something deferred, and who asked for it to wait for.
    async fn deferred(&self, added: Added) -> Result<(), Error> {
        match added {
            Added::Waits => Ok(()),
            Added::First => self.writer.send(Job::Deferred),
            Added::Full => self.flush().await,
        }
    }

    async fn flush(&self) -> Result<(), Error> {
        self.writer.run(|done| Job::Flush { done }).await
    }

    /// What waits to be written is looked for first: what has left since then is in the file.
    async fn read(&self, keys: Vec<String>) -> Result<Vec<Option<Entry>>, Error> {
        if self.deferred.is_empty() {
            return self.readers.get(keys).await;
        }
        let waiting = self.deferred.get(&keys);
        let stored = if waiting.iter().all(Option::is_some) {
            vec![None; keys.len()]
        } else {
            self.readers.get(keys).await?
        };
        let either = |(waiting, stored): (Option<Option<Vec<u8>>>, Option<Entry>)| match waiting {
            Some(value) => value.map(|value| Entry { value, version: UNWRITTEN }),
            None => stored,
        };
        Ok(waiting.into_iter().zip(stored).map(either).collect())
    }
}

impl Store for Sqlite {
    fn get(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Entry>>, Error>> {
        self.read(keys).boxed()
    }

    fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>> {
        self.writer.run(move |done| Job::Write { changes, done }).boxed()
    }

    fn defer(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>> {
        let added = self.deferred.add(changes);
        self.deferred(added).boxed()
    }

    fn defer_increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>> {
        let counted = self.deferred.update(
            key.clone(),
            || self.readers.value(&key),
            |value| add(&key, value, delta).map(|sum| (sum.to_le_bytes().into(), sum)),
        );
        async move {
            let (sum, added) = counted?;
            self.deferred(added).await?;
            Ok(sum)
        }
        .boxed()
    }

    fn swap(
        &self,
        key: String,
        expected: Option<Version>,
        value: Vec<u8>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        self.writer.run(move |done| Job::Swap { key, expected, value, done }).boxed()
    }

    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>> {
        self.writer.run(move |done| Job::Increment { key, delta, done }).boxed()
    }

    fn list(&self, after: Option<String>) -> BoxFuture<'_, Result<Page, Error>> {
        async move {
            if !self.deferred.is_empty() {
                self.flush().await?;
            }
            self.readers.run(move |connection| reader::list(connection, after.as_deref())).await
        }
        .boxed()
    }
}

// === impl File ===

impl File {
    fn connect(&self, flags: OpenFlags) -> Result<Connection, Error> {
        self.open(flags, BUSY).map_err(|source| self.error(source))
    }

    /// A connection that waits for other processes as long as `patience`.
    fn open(&self, flags: OpenFlags, patience: Duration) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    fn prepare(&self, connection: &Connection) -> Result<(), Error> {
        let found = connection
            .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
            .map_err(|source| self.error(source))?;
        if found > FORMAT {
            return Err(Error::Format { path: self.path.display().to_string(), found, known: FORMAT });
        }
        connection
            .pragma_update(None, "journal_mode", "wal")
            .and_then(|()| connection.pragma_update(None, "synchronous", "full"))
            .and_then(|()| connection.execute_batch(SCHEMA))
            .and_then(|()| connection.pragma_update(None, "user_version", FORMAT))
            .map_err(|source| self.error(source))
    }

    fn full(&self) -> Error {
        Error::Full(self.path.display().to_string())
    }

    fn error(&self, source: rusqlite::Error) -> Error {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => self.full(),
            _ => Error::Sqlite { path: self.path.display().to_string(), source },
        }
    }
}
