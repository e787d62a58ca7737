//! What this core needs from outside: a store, an embedder, a moment.

use crate::Error;

/// The store failed; says how, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// From the current value of a key, if it has one, to the value to write; `None` leaves it alone.
pub type Edit<'a> = dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + 'a;

/// Keys to values, as `wasi:keyvalue@0.2.0-draft2` promises: a caller reads what it wrote, a swap happens whole or not at all.
pub trait Store {
    /// The values of several keys, in the order of the keys; `None` where there is none.
    ///
    /// # Errors
    /// The store failed.
    fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Sets one key.
    ///
    /// # Errors
    /// The store failed; it may be set.
    fn write(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;

    /// Deletes keys, in any order, not atomically; those without a value are skipped.
    ///
    /// # Errors
    /// The store failed; some may be deleted.
    fn delete(&self, keys: &[String]) -> Result<(), StoreError>;

    /// One attempt to change a value: `change` sees the current one, and what it returns is written if nobody was faster. `false` says that
    /// somebody was.
    ///
    /// # Errors
    /// The store failed; the value may have been written.
    fn swap(&self, key: &str, change: &mut Edit<'_>) -> Result<bool, StoreError>;
}

/// The embedding model that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Name: the prior knows whose similarities it was fitted to.
    pub id: String,
    /// Vectors are comparable if and only if their models' fingerprints are equal.
    pub fingerprint: String,
}

/// Texts to vectors.
pub trait Embedder {
    /// The model that `embed` runs.
    fn model(&self) -> Model;

    /// The vector of a question, of L2 norm 1; `None` if the model can't read all of it.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn embed(&self, question: &str) -> Result<Option<Vec<f32>>, String>;
}

/// What only the caller knows about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Unix time in milliseconds.
    pub now_ms: u64,
    /// 64 random bits, new for every call.
    pub draw: u64,
}

/// How often a change is tried. An attempt is lost only to another writer that got through.
const ATTEMPTS: usize = 64;

/// Changes a value that others may change at the same time. `change` may run several times; what its last run returned beside the value counts.
pub(crate) fn change<T>(
    store: &dyn Store,
    key: &str,
    mut change: impl FnMut(Option<&[u8]>) -> Result<(Option<Vec<u8>>, T), Error>,
) -> Result<T, Error> {
    for _ in 0..ATTEMPTS {
        let mut last = None;
        let settled = store.swap(key, &mut |current| {
            let (value, said) = match change(current) {
                Ok((value, said)) => (value, Ok(said)),
                Err(error) => (None, Err(error)),
            };
            last = Some(said);
            value
        })?;
        if let (true, Some(said)) = (settled, last) {
            return said;
        }
    }
    Err(Error::Conflict(key.to_owned()))
}
