//! A key-value store that counts what is read of another.

use std::cell::Cell;

use gusset_retrieve::{Edit, Store, StoreError};

/// A store with counters, for one thread.
pub struct Counted<'a> {
    store: &'a dyn Store,
    /// Keys read so far.
    pub keys: Cell<usize>,
    /// Bytes read so far.
    pub bytes: Cell<usize>,
    /// Calls so far: what each costs a networked store is a round trip, and a swap is two.
    pub trips: Cell<usize>,
}

impl<'a> Counted<'a> {
    /// Counts from zero.
    #[must_use]
    pub fn new(store: &'a dyn Store) -> Self {
        Self { store, keys: Cell::new(0), bytes: Cell::new(0), trips: Cell::new(0) }
    }

    fn read(&self, value: Option<&[u8]>) {
        self.keys.set(self.keys.get() + 1);
        self.bytes.set(self.bytes.get() + value.map_or(0, <[u8]>::len));
    }

    fn trip(&self) {
        self.trips.set(self.trips.get() + 1);
    }
}

impl Store for Counted<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.trip();
        let value = self.store.get(key)?;
        self.read(value.as_deref());
        Ok(value)
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.trip();
        let values = self.store.get_many(keys)?;
        values.iter().for_each(|value| self.read(value.as_deref()));
        Ok(values)
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        self.trip();
        self.store.set_many(entries)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError> {
        self.trip();
        self.store.delete_many(keys)
    }

    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError> {
        self.trip();
        self.store.swap(key, &mut |current| {
            self.read(current);
            let changed = change(current);
            if changed.is_some() {
                self.trip();
            }
            changed
        })
    }
}
