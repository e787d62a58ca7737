//! The key-value store as this core needs it, and the one loop that changes a shared value.

use crate::Error;

/// The store failed; says how, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// From the current value of a key, if it has one, to the value to write; `None` leaves it alone.
pub type Edit<'a> = dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + 'a;

/// Keys to values, with the promises of `wasi:keyvalue@0.2.0-draft2`: a caller reads its own writes, and a swap happens completely or not at all.
pub trait Store {
    /// The value of a key; `None` where there is none.
    ///
    /// # Errors
    /// The store failed.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The values of several keys, in the order of the keys.
    ///
    /// # Errors
    /// The store failed.
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Sets several keys, in any order, not atomically.
    ///
    /// # Errors
    /// The store failed; some may be set.
    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), StoreError>;

    /// Deletes several keys, in any order, not atomically. Keys without a value are skipped.
    ///
    /// # Errors
    /// The store failed; some may be deleted.
    fn delete_many(&self, keys: &[String]) -> Result<(), StoreError>;

    /// One attempt at a compare-and-swap: hands the current value to `change` and writes what it returns, provided that nobody changed the value in
    /// between. Whether it was written (or left alone): `false` says that somebody else was faster.
    ///
    /// # Errors
    /// The store failed; the value may have been written.
    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError>;
}

/// How often a change is tried. Each lost attempt means that another writer got through, so it takes this many writers at once to be starved.
const ATTEMPTS: usize = 256;

/// What to do with a value.
pub(crate) enum Change<T> {
    /// Leave it alone.
    Keep(T),
    /// Replace it.
    Write(Vec<u8>, T),
}

/// Changes a value that other writers may change at the same time, and returns what the attempt that got through said.
pub(crate) fn update<T>(
    store: &dyn Store,
    key: &str,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Change<T>, Error>,
) -> Result<T, Error> {
    for _ in 0..ATTEMPTS {
        let mut outcome = None;
        let settled = store.swap(key, &mut |current| match change(current) {
            Ok(Change::Keep(value)) => {
                outcome = Some(Ok(value));
                None
            }
            Ok(Change::Write(bytes, value)) => {
                outcome = Some(Ok(value));
                Some(bytes)
            }
            Err(error) => {
                outcome = Some(Err(error));
                None
            }
        })?;
        if let (true, Some(outcome)) = (settled, outcome) {
            return outcome;
        }
    }
    Err(Error::Conflict(key.to_owned()))
}

/// Keys that go into one batch of small values.
const KEYS_AT_ONCE: usize = 64;

/// The values of any number of keys, in bounded batches.
pub(crate) fn get_all(store: &dyn Store, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let mut values = Vec::with_capacity(keys.len());
    for batch in keys.chunks(KEYS_AT_ONCE) {
        values.extend(store.get_many(batch)?);
    }
    Ok(values)
}

/// Deletes any number of keys, in bounded batches.
pub(crate) fn delete_all(store: &dyn Store, keys: &[String]) -> Result<(), Error> {
    keys.chunks(KEYS_AT_ONCE * 4).try_for_each(|batch| store.delete_many(batch)).map_err(Error::from)
}
