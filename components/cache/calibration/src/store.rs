//! A store in memory, for one thread.

use std::cell::RefCell;
use std::collections::HashMap;

use gusset_cache::{Edit, Store, StoreError};

#[derive(Clone, Default)]
pub(crate) struct Memory(RefCell<HashMap<String, Vec<u8>>>);

impl Store for Memory {
    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(keys.iter().map(|key| self.0.borrow().get(key).cloned()).collect())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.0.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().for_each(|key| drop(self.0.borrow_mut().remove(key)));
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let value = change(self.0.borrow().get(key).map(Vec::as_slice));
        if let Some(value) = value {
            self.0.borrow_mut().insert(key.to_owned(), value);
        }
        Ok(true)
    }
}
