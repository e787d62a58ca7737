//! Where the application's state is kept: one small trait, and the stores behind it.
//!
//! What a store must be able to do is what `wasi:keyvalue` promises, no more, in batches. A networked store joins by
//! implementing [`Store`]; nothing here knows of WIT.

mod memory;
mod redis;
mod sqlite;
#[cfg(test)]
mod tests;

pub use memory::Memory;
pub use redis::Redis;
pub use sqlite::Sqlite;

use crate::config;
use futures::future::BoxFuture;
use std::sync::Arc;

/// One key-value store. Values are bytes; keys sort by their UTF-8 bytes.
///
/// What a call has acknowledged, every later call sees, and a durable store keeps through a crash.
pub trait Store: Send + Sync + 'static {
    /// The values of `keys`, in their order.
    fn get(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Entry>>, Error>>;

    /// Sets and, where the value is `None`, deletes: all of it or, on an error, nothing. Of two changes to one key the later
    /// wins.
    fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>>;

    /// As [`Self::write`], but acknowledged before it is durable: a crash may lose what was deferred in the last moments before it,
    /// and nothing older. Not for a key that the other methods, or another process, change at the same time.
    fn defer(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>> {
        self.write(changes)
    }

    /// As [`Self::increment`], durable as [`Self::defer`] is.
    fn defer_increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>> {
        self.increment(key, delta)
    }

    /// Sets `key` if its version is still `expected` (`None`: if there is no such key). Whether it was.
    fn swap(
        &self,
        key: String,
        expected: Option<Version>,
        value: Vec<u8>,
    ) -> BoxFuture<'_, Result<bool, Error>>;

    /// Adds `delta` to the counter at `key` and returns the sum. A missing counter is zero. Counters are eight bytes,
    /// little-endian, as Spin has them.
    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>>;

    /// Keys above `after`, ascending, at most one page of them.
    fn list(&self, after: Option<String>) -> BoxFuture<'_, Result<Page, Error>>;
}

/// Names one state of a key: no two values that a key ever had share a version, deletions in between or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i64);

/// A value and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// Its version, for [`Store::swap`].
    pub version: Version,
}

/// Some of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Ascending.
    pub keys: Vec<String>,
    /// Whether there are keys above the last one.
    pub more: bool,
}

/// Why a store didn't do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk is full. Nothing acknowledged is lost; the same call succeeds once there is room.
    #[error("no room left on the disk that holds {0}; nothing stored before is lost")]
    Full(String),
    /// The counter's value isn't one.
    #[error("`{0}` does not hold a counter")]
    NotACounter(String),
    /// The counter's sum doesn't fit.
    #[error("the counter `{0}` would overflow")]
    Overflow(String),
    /// Each time that a value was read and written again, somebody else was faster.
    #[error("`{0}` was changed by others each time; try again")]
    Contended(String),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// The file was written by a later version of Gusset.
    #[error(
        "{path} has format {found}, and this version of Gusset knows {known}; use the version that wrote it"
    )]
    Format {
        /// The file.
        path: String,
        /// Its format.
        found: i64,
        /// The format that is known.
        known: i64,
    },
    /// The file, its directory or the thread that writes it could not be made.
    #[error("{path} can't be set up: {source}")]
    Setup {
        /// What it is about.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// What names a Redis server is no URL of one.
    #[error("the URL of the Redis server is not usable: {0}")]
    Url(String),
    /// The Redis server can't be reached, or refuses. Nothing was changed.
    #[error("Redis at {server}: {source}")]
    Redis {
        /// Where it is.
        server: String,
        /// What it says.
        source: ::redis::RedisError,
    },
    /// The Redis server was lost before it answered.
    #[error("Redis at {server} did not answer, so it is not known whether the change was made: {source}")]
    Unsure {
        /// Where it is.
        server: String,
        /// What was noticed.
        source: ::redis::RedisError,
    },
    /// The Redis server is full. Nothing acknowledged is lost; the same call succeeds once there is room.
    #[error("Redis at {0} has reached its `maxmemory`; nothing stored before is lost")]
    OutOfMemory(String),
    /// Anything else that SQLite says.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: String,
        /// What it says.
        source: rusqlite::Error,
    },
}

/// Keys a page of [`Store::list`].
const PAGE: u32 = 1000;

/// Opens what the configuration names.
///
/// # Errors
/// Where the file can't be opened or made, or the server not be reached.
pub async fn open(state: &config::State) -> Result<Arc<dyn Store>, Error> {
    Ok(match state {
        config::State::File(path) => Arc::new(Sqlite::open(path)?),
        config::State::Redis(url) => Arc::new(Redis::open(url.expose()).await?),
        config::State::Memory => Arc::new(Memory::default()),
    })
}

/// The counter in `value` plus `delta`.
fn add(key: &str, value: Option<&[u8]>, delta: i64) -> Result<i64, Error> {
    let current = match value {
        None => 0,
        Some(bytes) => i64::from_le_bytes(bytes.try_into().map_err(|_| Error::NotACounter(key.to_owned()))?),
    };
    current.checked_add(delta).ok_or_else(|| Error::Overflow(key.to_owned()))
}
