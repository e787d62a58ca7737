//! The key-value store as the archive sees it: the part of `wasi:keyvalue` that it uses.

/// A key-value store. Errors are texts for people: nothing is decided by them.
#[expect(clippy::missing_errors_doc, reason = "each fails where the store does")]
pub trait Store {
    /// The value of a key.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;

    /// The values of several keys, in their order.
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String>;

    /// Creates or overwrites keys, in any order, not atomically.
    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), String>;

    /// Removes those of the keys that are there, in any order, not atomically.
    fn delete_many(&self, keys: &[String]) -> Result<(), String>;

    /// Adds to a counter, which starts at zero, and returns its new value. How the store represents the counter is its
    /// own affair, so that adding zero is the only way to read one.
    fn increment(&self, key: &str, delta: i64) -> Result<i64, String>;
}
