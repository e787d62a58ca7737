//! Read-only connections, as many as there are reads at once, kept for the next ones.

use super::super::{Entry, Error, PAGE, Page, Version};
use super::File;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Readers {
    file: File,
    idle: Mutex<Vec<Connection>>,
}

// === impl Readers ===

impl Readers {
    pub(super) fn new(file: File) -> Self {
        Self { file, idle: Mutex::default() }
    }

    /// Runs a read on a thread that may block. A connection whose read failed is not used again.
    pub(super) async fn run<T, F>(self: &Arc<Self>, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let readers = Arc::clone(self);
        let read = move || {
            let mut connection = readers.take()?;
            let value = read(&mut connection).map_err(|source| readers.file.error(source))?;
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(value)
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| Error::Closed)?
    }

    fn take(&self) -> Result<Connection, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.file.connect(OpenFlags::SQLITE_OPEN_READ_ONLY),
        }
    }
}

/// All of `keys` as they were at one moment.
pub(super) fn get(connection: &mut Connection, keys: &[String]) -> rusqlite::Result<Vec<Option<Entry>>> {
    let transaction = connection.transaction()?;
    let mut statement = transaction.prepare_cached("SELECT id, value FROM entries WHERE key = ?1")?;
    keys.iter()
        .map(|key| {
            let entry =
                |row: &rusqlite::Row<'_>| Ok(Entry { version: Version(row.get(0)?), value: row.get(1)? });
            statement.query_row(params![key], entry).optional()
        })
        .collect()
}

pub(super) fn list(connection: &mut Connection, after: Option<&str>) -> rusqlite::Result<Page> {
    let mut statement = connection
        .prepare_cached("SELECT key FROM entries WHERE ?1 IS NULL OR key > ?1 ORDER BY key LIMIT ?2")?;
    let mut keys: Vec<String> =
        statement.query_map(params![after, PAGE + 1], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let more = keys.len() > PAGE as usize;
    keys.truncate(PAGE as usize);
    Ok(Page { keys, more })
}
