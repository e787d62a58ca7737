//! State that lives as long as the process: for trying things out, and for tests.

use super::{Entry, Error, PAGE, Page, Store, Version, add};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store in memory. Its calls take microseconds under one lock, so they run where they are called.
#[derive(Default)]
pub struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<String, Entry>,
    writes: i64,
}

// === impl Memory ===

impl Memory {
    /// No call panics while it holds the lock, so a poisoned lock still guards a consistent map.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn get(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Entry>>, Error>> {
        let inner = self.lock();
        ready(Ok(keys.iter().map(|key| inner.entries.get(key).cloned()).collect())).boxed()
    }

    fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> BoxFuture<'_, Result<(), Error>> {
        let mut inner = self.lock();
        for (key, value) in changes {
            match value {
                Some(value) => inner.set(key, value),
                None => {
                    inner.entries.remove(&key);
                }
            }
        }
        ready(Ok(())).boxed()
    }

    fn swap(
        &self,
        key: String,
        expected: Option<Version>,
        value: Vec<u8>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        let mut inner = self.lock();
        let unchanged = inner.entries.get(&key).map(|entry| entry.version) == expected;
        if unchanged {
            inner.set(key, value);
        }
        ready(Ok(unchanged)).boxed()
    }

    fn increment(&self, key: String, delta: i64) -> BoxFuture<'_, Result<i64, Error>> {
        let mut inner = self.lock();
        let sum = add(&key, inner.entries.get(&key).map(|entry| entry.value.as_slice()), delta);
        if let Ok(sum) = sum {
            inner.set(key, sum.to_le_bytes().into());
        }
        ready(sum).boxed()
    }

    fn list(&self, after: Option<String>) -> BoxFuture<'_, Result<Page, Error>> {
        let inner = self.lock();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut above = inner.entries.range((start, Bound::Unbounded)).map(|(key, _)| key.clone());
        let keys: Vec<String> = above.by_ref().take(PAGE as usize).collect();
        let more = above.next().is_some();
        ready(Ok(Page { keys, more })).boxed()
    }
}

// === impl Inner ===

impl Inner {
    fn set(&mut self, key: String, value: Vec<u8>) {
        self.writes += 1;
        let version = Version(self.writes);
        self.entries.insert(key, Entry { value, version });
    }
}
