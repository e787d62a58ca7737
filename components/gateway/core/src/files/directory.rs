//! The tenant's list of files, in shards of consecutive numbers.
//!
//! A shard is changed by compare-and-swap alone, so that writers who meet in one all get their line in.

use super::record::File;
use super::store::{Store, Swap};
use crate::Error;
use crate::page::Order;

/// Files of a shard. Some 20 kB: read and rewritten as a whole.
const SHARD: u64 = 128;
/// Shards read in one call of the store.
const BATCH: usize = 8;
/// Attempts to change a shard. Each failed one means that another writer succeeded.
const ATTEMPTS: u32 = 64;

/// The directory of one tenant.
pub(super) struct Directory<'a, S> {
    pub(super) store: &'a S,
    pub(super) tenant: &'a str,
}

impl<S: Store> Directory<'_, S> {
    /// The number of the next file.
    pub(super) fn next_number(&self) -> Result<u64, Error> {
        self.counter(1)
    }

    /// Adds a file's line, unless it is there.
    pub(super) fn add(&self, file: &File) -> Result<(), Error> {
        self.change(file.number, |files| {
            files.retain(|known| known.id != file.id);
            files.push(file.clone());
            files.sort_by_key(|f| f.number);
        })
    }

    /// Removes a file's line, if it is there.
    pub(super) fn remove(&self, file: &File) -> Result<(), Error> {
        self.change(file.number, |files| files.retain(|f| f.id != file.id))
    }

    /// The files behind number `after` in the list's order, for which `wanted` says yes, at most `limit`.
    pub(super) fn list(
        &self,
        order: Order,
        after: Option<u64>,
        limit: usize,
        wanted: impl Fn(&File) -> bool,
    ) -> Result<Vec<File>, Error> {
        let newest = self.counter(0)?;
        let shards: Vec<u64> = match order {
            Order::Ascending => (shard_of(after.unwrap_or(1))..=shard_of(newest)).collect(),
            Order::Descending => (0..=shard_of(after.unwrap_or(newest))).rev().collect(),
        };
        let behind = |file: &File| match (order, after) {
            (_, None) => true,
            (Order::Ascending, Some(number)) => file.number > number,
            (Order::Descending, Some(number)) => file.number < number,
        };
        let mut found = Vec::new();
        for batch in shards.chunks(BATCH) {
            let keys: Vec<String> = batch.iter().map(|shard| self.key(*shard)).collect();
            for (key, value) in keys.iter().zip(self.store.get_many(&keys).map_err(Error::Store)?) {
                let mut files = decode(key, value.as_deref())?;
                if order == Order::Descending {
                    files.reverse();
                }
                found.extend(files.into_iter().filter(|file| behind(file) && wanted(file)));
            }
            if found.len() >= limit {
                found.truncate(limit);
                break;
            }
        }
        Ok(found)
    }

    fn change(&self, number: u64, change: impl Fn(&mut Vec<File>)) -> Result<(), Error> {
        let key = self.key(shard_of(number));
        let mut cas = self.store.look(&key).map_err(Error::Store)?;
        for _ in 0..ATTEMPTS {
            let mut files = decode(&key, self.store.seen(&cas).map_err(Error::Store)?.as_deref())?;
            change(&mut files);
            let value = serde_json::to_vec(&files).map_err(|e| Error::Internal(e.to_string()))?;
            match self.store.swap(cas, &value).map_err(Error::Store)? {
                Swap::Done => return Ok(()),
                Swap::Lost(newer) => cas = newer,
            }
        }
        let message = "Too many files are being uploaded at once.".to_owned();
        Err(Error::Overloaded { message, retry_after: 1 })
    }

    fn counter(&self, delta: i64) -> Result<u64, Error> {
        let value = self.store.increment(&format!("{}/files-count", self.tenant), delta);
        Ok(u64::try_from(value.map_err(Error::Store)?).unwrap_or(0))
    }

    fn key(&self, shard: u64) -> String {
        format!("{}/files-directory/{shard}", self.tenant)
    }
}

fn shard_of(number: u64) -> u64 {
    number.saturating_sub(1) / SHARD
}

fn decode(key: &str, value: Option<&[u8]>) -> Result<Vec<File>, Error> {
    let Some(bytes) = value else { return Ok(Vec::new()) };
    serde_json::from_slice(bytes).map_err(|e| Error::Store(format!("`{key}` is not a directory: {e}")))
}
