//! Collections and their documents, in plain types, and the names that callers know them by.

use crate::Error;
use crate::chunking::Chunking;

/// A collection and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Unique inside the tenant.
    pub name: String,
    /// Id of the embedding model that made its vectors.
    pub model: String,
    /// That model's fingerprint.
    pub fingerprint: String,
    /// Unix time in seconds.
    pub created_at: u64,
    /// How its documents are cut.
    pub chunking: Chunking,
    /// Documents in it.
    pub documents: u32,
    /// Passages in it.
    pub passages: u32,
    /// Bytes of its documents.
    pub bytes: u64,
    /// As given at creation.
    pub metadata: Vec<(String, String)>,
}

/// A document of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file's id.
    pub id: String,
    /// The file's name.
    pub title: String,
    /// Passages it was cut into.
    pub passages: u32,
    /// Tokens of these.
    pub tokens: u32,
    /// Its length in bytes.
    pub bytes: u32,
    /// Unix time in seconds.
    pub added_at: u64,
    /// As given when it was attached.
    pub metadata: Vec<(String, String)>,
}

/// The collection's embedding model, `(id, fingerprint)`, is not the one that is running.
#[must_use]
pub fn mismatch(name: &str, collection: (&str, &str), running: (&str, &str)) -> Error {
    Error::ModelMismatch(format!(
        "The vector store `{name}` was made by the embedding model `{}` with fingerprint {}; `{}` with fingerprint {} is \
         running. Index its files anew, or run its model.",
        collection.0, collection.1, running.0, running.1
    ))
}

/// Longest name of a collection.
const NAME_LENGTH: usize = 64;

/// The vector store's id of a collection's name.
#[must_use]
pub fn id_of(name: &str) -> String {
    format!("vs_{name}")
}

/// The collection's name of a vector store's id.
///
/// # Errors
/// [`Error::NotFound`] where no collection can have that id.
pub fn name_of(id: &str) -> Result<&str, Error> {
    let name = id.strip_prefix("vs_").filter(|name| is_name(name));
    name.ok_or_else(|| Error::NotFound { kind: "vector store", id: id.to_owned() })
}

/// Whether a collection may have that name: 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=NAME_LENGTH).contains(&name.len())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_id_know_each_other() {
        assert_eq!(name_of(&id_of("docs.v2_a-b")), Ok("docs.v2_a-b"));
    }

    #[test]
    fn a_mismatch_says_both_fingerprints() {
        let message = mismatch("docs", ("old", "aa11"), ("new", "bb22")).to_string();
        assert!(message.contains("`old` with fingerprint aa11; `new` with fingerprint bb22"), "{message}");
    }

    #[test]
    fn an_id_that_no_collection_has_is_not_found() {
        for id in
            ["docs", "vs_", "vs_Docs", "vs_a b", "vs_a/b", "vs_\u{e9}", &format!("vs_{}", "a".repeat(65))]
        {
            assert!(matches!(name_of(id), Err(Error::NotFound { .. })), "{id}");
        }
    }
}
