//! The state as the retrieval core's key-value store, for what runs outside of an instance.

use crate::state::{self, Entry};
use gusset_retrieve::{Edit, Store, StoreError};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The state, waited for: to be called from threads that may block.
pub struct KeyValue {
    state: Arc<dyn state::Store>,
    executor: Handle,
}

// === impl KeyValue ===

impl KeyValue {
    /// Over a state, with the executor that this is called on.
    #[must_use]
    pub fn new(state: Arc<dyn state::Store>) -> Self {
        Self { state, executor: Handle::current() }
    }

    fn entries(&self, keys: &[String]) -> Result<Vec<Option<Entry>>, StoreError> {
        self.executor.block_on(self.state.get(keys.to_vec())).map_err(failed)
    }

    fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreError> {
        self.executor.block_on(self.state.write(changes)).map_err(failed)
    }
}

impl Store for KeyValue {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let entries = self.entries(&[key.to_owned()])?;
        Ok(entries.into_iter().next().flatten().map(|entry| entry.value))
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(self.entries(keys)?.into_iter().map(|entry| entry.map(|entry| entry.value)).collect())
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.write(entries.into_iter().map(|(key, value)| (key, Some(value))).collect())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.write(keys.iter().map(|key| (key.clone(), None)).collect())
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        let entry = self.entries(&[key.to_owned()])?.into_iter().next().flatten();
        match change(entry.as_ref().map(|entry| entry.value.as_slice())) {
            None => Ok(true),
            Some(value) => {
                let expected = entry.map(|entry| entry.version);
                self.executor.block_on(self.state.swap(key.to_owned(), expected, value)).map_err(failed)
            }
        }
    }
}

fn failed(error: state::Error) -> StoreError {
    StoreError(error.to_string())
}
