//! A store in memory, for one writer: what an index is written into before it is baked.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gusset_baked::shared;
use gusset_retrieve::{Edit, Store, StoreError};

use crate::Error;

/// The tenant to write a draft as. No table remembers it.
pub const TENANT: &str = "baked";

/// A store in memory. Lives as long as the baking.
#[derive(Debug, Default)]
pub struct Draft(RefCell<BTreeMap<String, Vec<u8>>>);

impl Draft {
    /// The table of what is in it.
    ///
    /// # Errors
    /// [`Error::Table`] where there is too much of it.
    pub fn table(&self) -> Result<Vec<u8>, Error> {
        let entries = self.0.borrow();
        Ok(gusset_baked::write(entries.iter().map(|(key, value)| (shared(key), value.as_slice())))?)
    }
}

impl Store for Draft {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.0.borrow_mut().extend(entries);
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut entries = self.0.borrow_mut();
        keys.iter().for_each(|key| drop(entries.remove(key)));
        Ok(())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let changed = change(self.0.borrow().get(key).map(Vec::as_slice));
        if let Some(value) = changed {
            self.0.borrow_mut().insert(key.to_owned(), value);
        }
        Ok(true)
    }
}
