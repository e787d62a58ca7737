//! Writes that are acknowledged before they are on the disk: kept here, seen by every read, and written together by the writer.
//!
//! Only what may be lost in a crash comes here, such as traces. They cost a map's insertion instead of a flush of the disk and two switches
//! of threads, and many of them share one transaction.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a deferred write may wait for others. What a crash can lose; and a trace is read by people, not in a tenth of a second.
pub(super) const DELAY: Duration = Duration::from_millis(100);

/// Bytes that may wait. Who writes faster than the disk takes it waits for the disk then.
const MOST_BYTES: usize = 8 << 20;

/// Values by key; `None` where the key is deleted.
pub(super) type Changes = HashMap<String, Option<Vec<u8>>>;

/// What was acknowledged and is not on the disk yet.
#[derive(Default)]
pub(super) struct Deferred {
    inner: Mutex<Inner>,
    /// Whether there may be something, for readers who need no lock to learn that there isn't.
    any: AtomicBool,
}

#[derive(Default)]
struct Inner {
    waiting: Changes,
    bytes: usize,
    /// What the writer is writing.
    leaving: Changes,
}

/// What became of a deferred write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It waits with others that the writer knows of.
    Waits,
    /// It is the first: the writer is to be told.
    First,
    /// Too much waits already: the writer is to write now, and to be waited for.
    Full,
}

// === impl Deferred ===

impl Deferred {
    /// No call panics while it holds the lock, so a poisoned lock still guards a consistent map.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    /// Takes changes in; of two to one key the later wins.
    pub(super) fn add(&self, changes: impl IntoIterator<Item = (String, Option<Vec<u8>>)>) -> Added {
        let mut inner = self.lock();
        let first = inner.waiting.is_empty();
        for (key, value) in changes {
            inner.insert(key, value);
        }
        self.any.store(true, Ordering::Release);
        match (first, inner.bytes > MOST_BYTES) {
            (_, true) => Added::Full,
            (true, false) => Added::First,
            (false, false) => Added::Waits,
        }
    }

    /// Changes one key by what it holds: `current`, of which `stored` tells where nothing waits.
    pub(super) fn update<T, E>(
        &self,
        key: String,
        stored: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
        change: impl FnOnce(Option<&[u8]>) -> Result<(Vec<u8>, T), E>,
    ) -> Result<(T, Added), E> {
        let mut inner = self.lock();
        let (value, told) = match inner.get(&key) {
            Some(current) => change(current.as_deref())?,
            None => change(stored()?.as_deref())?,
        };
        let first = inner.waiting.is_empty();
        inner.insert(key, Some(value));
        self.any.store(true, Ordering::Release);
        Ok((told, if first { Added::First } else { Added::Waits }))
    }

    /// By key, in order: what waits for it, or `None` where nothing does.
    pub(super) fn get(&self, keys: &[String]) -> Vec<Option<Option<Vec<u8>>>> {
        let inner = self.lock();
        keys.iter().map(|key| inner.get(key).cloned()).collect()
    }

    /// What is to be written now. Reads see it until [`Self::written`].
    pub(super) fn take(&self) -> Changes {
        let mut inner = self.lock();
        inner.bytes = 0;
        inner.leaving = std::mem::take(&mut inner.waiting);
        inner.leaving.clone()
    }

    /// What was taken is on the disk, or lost.
    pub(super) fn written(&self) {
        let mut inner = self.lock();
        inner.leaving = Changes::default();
        self.any.store(!inner.waiting.is_empty(), Ordering::Release);
    }
}

// === impl Inner ===

impl Inner {
    fn get(&self, key: &str) -> Option<&Option<Vec<u8>>> {
        self.waiting.get(key).or_else(|| self.leaving.get(key))
    }

    fn insert(&mut self, key: String, value: Option<Vec<u8>>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        self.waiting.insert(key, value);
    }
}
