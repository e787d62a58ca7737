//! Read-only connections, as many as there are reads at once, kept for the next ones.
//!
//! A read of a few keys is some microseconds of work in memory, and is done where it is asked for: to hand it to another thread and back takes
//! ten times as long. What may take long, because there is much of it or because another process is in the way, goes to a thread
//! that may block.

use super::super::{Entry, Error, PAGE, Page, Version};
use super::{BUSY, File};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Keys that are read where they are asked for. Those who ask for more ask for a search's values or for lists, which are long and may be on
/// the disk only.
const FEW: usize = 8;

/// Reads, here or on a thread that may block.
pub(super) struct Readers {
    near: Pool,
    far: Arc<Pool>,
}

/// Connections that wait for another process as long as `patience`.
struct Pool {
    file: File,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

// === impl Readers ===

impl Readers {
    pub(super) fn new(file: File) -> Self {
        let pool = |patience| Pool { file: file.clone(), patience, idle: Mutex::default() };
        Self { near: pool(Duration::ZERO), far: Arc::new(pool(BUSY)) }
    }

    /// The values of `keys`, all as they were at one moment.
    pub(super) async fn get(&self, keys: Vec<String>) -> Result<Vec<Option<Entry>>, Error> {
        if keys.len() <= FEW {
            let near = self.near.read(|connection| get(connection, &keys));
            if let Some(read) = self.near.unless_busy(near) {
                return read;
            }
        }
        self.run(move |connection| get(connection, &keys)).await
    }

    /// The value of one key, read here however long that takes.
    pub(super) fn value(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let read = self.far.read(|connection| get_one(connection, key));
        Ok(read.map_err(|source| self.far.file.error(source))?.map(|entry| entry.value))
    }

    /// Runs a read on a thread that may block.
    pub(super) async fn run<T, F>(&self, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let pool = Arc::clone(&self.far);
        let read = move || pool.read(read).map_err(|source| pool.file.error(source));
        tokio::task::spawn_blocking(read).await.map_err(|_| Error::Closed)?
    }
}

// === impl Pool ===

impl Pool {
    /// Reads here and now. A connection whose read failed is not used again.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = self.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.file.open(OpenFlags::SQLITE_OPEN_READ_ONLY, self.patience)?,
        };
        let value = read(&connection)?;
        self.lock().push(connection);
        Ok(value)
    }

    /// `None` where somebody would have to be waited for.
    fn unless_busy<T>(&self, read: rusqlite::Result<T>) -> Option<Result<T, Error>> {
        let busy = |error: &rusqlite::Error| {
            matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::CannotOpen)
            )
        };
        match read {
            Err(error) if busy(&error) => None,
            read => Some(read.map_err(|source| self.file.error(source))),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of `keys` as they were at one moment.
fn get(connection: &Connection, keys: &[String]) -> rusqlite::Result<Vec<Option<Entry>>> {
    let [key] = keys else {
        // Left open where a read fails, and then not used again.
        connection.prepare_cached("BEGIN")?.execute([])?;
        let mut statement = select(connection)?;
        let entries = keys.iter().map(|key| row(&mut statement, key)).collect::<rusqlite::Result<_>>()?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        return Ok(entries);
    };
    Ok(vec![get_one(connection, key)?])
}

fn get_one(connection: &Connection, key: &str) -> rusqlite::Result<Option<Entry>> {
    row(&mut select(connection)?, key)
}

fn select(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached("SELECT id, value FROM entries WHERE key = ?1")
}

fn row(statement: &mut CachedStatement<'_>, key: &str) -> rusqlite::Result<Option<Entry>> {
    let entry = |row: &rusqlite::Row<'_>| Ok(Entry { version: Version(row.get(0)?), value: row.get(1)? });
    statement.query_row(params![key], entry).optional()
}

pub(super) fn list(connection: &Connection, after: Option<&str>) -> rusqlite::Result<Page> {
    let mut statement = connection
        .prepare_cached("SELECT key FROM entries WHERE ?1 IS NULL OR key > ?1 ORDER BY key LIMIT ?2")?;
    let mut keys: Vec<String> =
        statement.query_map(params![after, PAGE + 1], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let more = keys.len() > PAGE as usize;
    keys.truncate(PAGE as usize);
    Ok(Page { keys, more })
}
