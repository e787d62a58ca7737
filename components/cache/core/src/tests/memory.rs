//! A store in memory with real compare-and-swap, which counts what is asked of it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Edit, Store, StoreError};

#[derive(Default)]
pub(super) struct Memory {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(super) operations: AtomicUsize,
    pub(super) keys_read: AtomicUsize,
}

impl Memory {
    fn count(&self, counter: &AtomicUsize, by: usize) {
        counter.fetch_add(by, Ordering::Relaxed);
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.values.lock().unwrap().keys().cloned().collect()
    }
}

impl Store for Memory {
    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.count(&self.operations, 1);
        self.count(&self.keys_read, keys.len());
        Ok(keys.iter().map(|key| self.values.lock().unwrap().get(key).cloned()).collect())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.count(&self.operations, 1);
        self.values.lock().unwrap().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        self.count(&self.operations, 1);
        keys.iter().for_each(|key| drop(self.values.lock().unwrap().remove(key)));
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        self.count(&self.operations, 2);
        let seen = self.values.lock().unwrap().get(key).cloned();
        let Some(value) = change(seen.as_deref()) else { return Ok(true) };
        let mut values = self.values.lock().unwrap();
        let same = values.get(key) == seen.as_ref();
        if same {
            values.insert(key.to_owned(), value);
        }
        Ok(same)
    }
}
