//! The key-value store as the registry sees it: the part of `wasi:keyvalue` that it uses.

/// A key-value store. Errors are texts for people: nothing is decided by them.
#[expect(clippy::missing_errors_doc, reason = "each fails where the store does")]
pub trait Store {
    /// A look at one key, good for one attempt to replace what was seen.
    type Cas;

    /// The value of a key.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;

    /// The values of several keys, in their order.
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String>;

    /// Creates or overwrites a key.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String>;

    /// Removes keys; those that are not there are passed over.
    fn delete_many(&self, keys: &[String]) -> Result<(), String>;

    /// Adds to a counter, which starts at zero, and returns its new value. Adding zero is the only way to read one.
    fn increment(&self, key: &str, delta: i64) -> Result<i64, String>;

    /// Looks at a key, to replace its value.
    fn look(&self, key: &str) -> Result<Self::Cas, String>;

    /// The value that was seen.
    fn seen(&self, cas: &Self::Cas) -> Result<Option<Vec<u8>>, String>;

    /// Replaces the value, if it is still the one that was seen.
    fn swap(&self, cas: Self::Cas, value: &[u8]) -> Result<Swap<Self::Cas>, String>;
}

/// How a replacement went.
#[derive(Debug)]
pub enum Swap<C> {
    /// The value is the new one.
    Done,
    /// Another writer was faster; a new look at the key.
    Lost(C),
}
