//! A file in a vector store: a document of a collection.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::chunking::Strategy;
use super::{Pairs, object, pairs};
use crate::chunking::Chunking;
use crate::collection::{self, Collection, Document};
use crate::{Error, json, page};

/// A file to attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attach {
    /// Which.
    pub file_id: String,
    /// To keep with each of its passages.
    pub attributes: Pairs,
    chunking: Strategy,
}

#[derive(Debug, Deserialize)]
struct Body {
    file_id: String,
    attributes: Option<Map<String, Value>>,
    chunking_strategy: Option<Strategy>,
}

impl Attach {
    /// A file, and nothing said about it.
    #[must_use]
    pub fn plain(file_id: String) -> Self {
        Self { file_id, attributes: Vec::new(), chunking: Strategy::Auto }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong, the field named.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let asked: Body = json::parse(body)?;
        Ok(Self {
            file_id: asked.file_id,
            attributes: pairs("attributes", asked.attributes.unwrap_or_default())?,
            chunking: asked.chunking_strategy.unwrap_or(Strategy::Auto),
        })
    }

    /// Checks that the collection cuts as is asked for: all of its documents are cut alike.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the collection's own numbers; what can't be at all, by its field.
    pub fn check(&self, collection: &Collection) -> Result<(), Error> {
        let Chunking { max_tokens, overlap_tokens, .. } = collection.chunking;
        if self.chunking.chunking(collection.chunking)? == collection.chunking {
            return Ok(());
        }
        let reason = format!(
            "all files of a vector store are cut alike, these into {max_tokens} tokens with an overlap of {overlap_tokens}; \
             choose when you create it"
        );
        Err(Error::unsupported("chunking_strategy", reason))
    }
}

/// Whether a list of attached files that is filtered by `filter` holds any: every file that is attached is `completed`.
///
/// # Errors
/// [`Error::InvalidField`] for a filter that is no status.
pub fn lists_completed(query: &str) -> Result<bool, Error> {
    match page::value(query, "filter").as_deref() {
        None | Some("completed") => Ok(true),
        Some("in_progress" | "failed" | "cancelled") => Ok(false),
        Some(_) => {
            let message = "`filter` must be `in_progress`, `completed`, `failed` or `cancelled`.";
            Err(Error::invalid("filter", message))
        }
    }
}

/// A file of a store, as OpenAI describes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileObject {
    /// The file's.
    pub id: String,
    object: &'static str,
    created_at: u64,
    vector_store_id: String,
    usage_bytes: u64,
    status: &'static str,
    last_error: Option<LastError>,
    attributes: Map<String, Value>,
    chunking_strategy: Strategy,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct LastError {
    code: &'static str,
    message: String,
}

impl FileObject {
    /// A document that is searchable.
    #[must_use]
    pub fn new(document: Document, collection: &Collection) -> Self {
        Self {
            id: document.id,
            object: "vector_store.file",
            created_at: document.added_at,
            vector_store_id: collection::id_of(&collection.name),
            usage_bytes: document.bytes.into(),
            status: "completed",
            last_error: None,
            attributes: object(&document.metadata),
            chunking_strategy: collection.chunking.into(),
        }
    }
}

/// A file that can't be indexed, whatever the store holds.
#[must_use]
pub fn failed(attach: &Attach, collection: &Collection, now: u64, message: String) -> FileObject {
    FileObject {
        id: attach.file_id.clone(),
        object: "vector_store.file",
        created_at: now,
        vector_store_id: collection::id_of(&collection.name),
        usage_bytes: 0,
        status: "failed",
        last_error: Some(LastError { code: "invalid_file", message }),
        attributes: object(&attach.attributes),
        chunking_strategy: collection.chunking.into(),
    }
}

/// What is said of a file that was taken out.
#[must_use]
pub fn detached(id: &str) -> Value {
    json!({ "id": id, "object": "vector_store.file.deleted", "deleted": true })
}
