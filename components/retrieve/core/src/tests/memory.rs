//! A store in memory with real compare-and-swap, and one that crashes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Edit, Store, StoreError};

#[derive(Default)]
pub(super) struct Memory {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) operations: AtomicUsize,
    pub(super) written: AtomicUsize,
    pub(super) largest: AtomicUsize,
}

impl Memory {
    fn map<T>(&self, with: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> Result<T, StoreError> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        Ok(with(&mut self.values.lock().unwrap()))
    }

    fn note(&self, value: &[u8]) {
        self.written.fetch_add(value.len(), Ordering::Relaxed);
        self.largest.fetch_max(value.len(), Ordering::Relaxed);
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.values.lock().unwrap().keys().cloned().collect()
    }
}

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.map(|map| map.get(key).cloned())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        // One lock a key: a batch is not atomic.
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        entries.into_iter().try_for_each(|(key, value)| {
            self.note(&value);
            self.map(|map| drop(map.insert(key, value)))
        })
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| self.map(|map| drop(map.remove(key))))
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let seen = self.map(|map| map.get(key).cloned())?;
        let Some(value) = change(seen.as_deref()) else { return Ok(true) };
        self.note(&value);
        self.map(|map| {
            let same = map.get(key) == seen.as_ref();
            if same {
                map.insert(key.to_owned(), value);
            }
            same
        })
    }
}

/// A process that dies at its `n`th operation on the store: right before it, or right after it was carried out. Nothing works afterwards.
pub(super) struct Dying<'a> {
    pub(super) store: &'a Memory,
    left: AtomicUsize,
    carried_out: bool,
}

impl<'a> Dying<'a> {
    pub(super) fn new(store: &'a Memory, n: usize, carried_out: bool) -> Self {
        Self { store, left: AtomicUsize::new(n), carried_out }
    }

    pub(super) fn is_dead(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn live<T>(&self, operation: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let dead = || Err(StoreError("the process died".to_owned()));
        match self.left.load(Ordering::Relaxed) {
            0 => dead(),
            1 => {
                self.left.store(0, Ordering::Relaxed);
                if self.carried_out {
                    operation()?;
                }
                dead()
            }
            left => {
                self.left.store(left - 1, Ordering::Relaxed);
                operation()
            }
        }
    }
}

impl Store for Dying<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.live(|| self.store.get(key))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        entries.into_iter().try_for_each(|entry| self.live(|| self.store.set_many(vec![entry])))
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| self.live(|| self.store.delete_many(std::slice::from_ref(key))))
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        self.live(|| self.store.swap(key, change))
    }
}
