//! A key-value store in an SQLite file, as the native host keeps it: its table, its write-ahead log, its `synchronous = FULL`. Without the threads between.

use std::path::Path;

use gusset_retrieve::{Edit, Store, StoreError};
use rusqlite::{Connection, OptionalExtension as _, params};

/// A store for one thread.
pub struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// A new file.
    ///
    /// # Errors
    /// It can't be made.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL) STRICT",
        )?;
        Ok(Self { connection })
    }

    fn read(&self, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached("SELECT id, value FROM entries WHERE key = ?1")?;
        statement.query_row(params![key], |row| row.get(1)).optional()
    }

    fn write(&self, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        let set = "INSERT OR REPLACE INTO entries (key, value) VALUES (?1, ?2)";
        self.connection.prepare_cached(set)?.execute(params![key, value])?;
        Ok(())
    }

    fn together<T>(&self, work: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let run = || {
            let transaction = self.connection.unchecked_transaction()?;
            let value = work()?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|error: rusqlite::Error| StoreError(error.to_string()))
    }
}

impl Store for Sqlite {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.together(|| self.read(key))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.together(|| keys.iter().map(|key| self.read(key)).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.together(|| entries.iter().try_for_each(|(key, value)| self.write(key, value)))
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.together(|| {
            let mut statement = self.connection.prepare_cached("DELETE FROM entries WHERE key = ?1")?;
            keys.iter().try_for_each(|key| statement.execute(params![key]).map(drop))
        })
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let current = self.get(key)?;
        if let Some(value) = change(current.as_deref()) {
            self.together(|| self.write(key, &value))?;
        }
        Ok(true)
    }
}
