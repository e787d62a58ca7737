//! A key-value store in memory that counts the keys it reads.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use gusset_retrieve::{Edit, Store, StoreError};

/// A store for one thread.
#[derive(Default)]
pub struct Memory {
    values: RefCell<HashMap<String, Vec<u8>>>,
    /// Keys read so far.
    pub keys: Cell<usize>,
}

impl Memory {
    fn read(&self, key: &str) -> Option<Vec<u8>> {
        self.keys.set(self.keys.get() + 1);
        self.values.borrow().get(key).cloned()
    }
}

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read(key))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(keys.iter().map(|key| self.read(key)).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.values.borrow_mut().extend(entries);
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut values = self.values.borrow_mut();
        for key in keys {
            values.remove(key);
        }
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let current = self.read(key);
        if let Some(value) = change(current.as_deref()) {
            self.values.borrow_mut().insert(key.to_owned(), value);
        }
        Ok(true)
    }
}
