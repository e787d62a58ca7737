//! A vector store: a collection.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::chunking::Strategy;
use super::{Pairs, object, pairs};
use crate::chunking::{Chunking, Chunkings};
use crate::collection::{self, Collection};
use crate::id::Entropy;
use crate::{Error, json};

/// Files that may be attached while a store is created. Each is chunked and embedded before the answer.
const FILES: usize = 100;

/// A store to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The collection's name.
    pub name: String,
    /// How its documents are to be cut.
    pub chunking: Chunking,
    /// To keep with it.
    pub metadata: Pairs,
    /// Files to attach.
    pub file_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Body {
    name: Option<String>,
    file_ids: Option<Vec<String>>,
    chunking_strategy: Option<Strategy>,
    metadata: Option<Map<String, Value>>,
    expires_after: Option<Value>,
}

impl Create {
    /// Reads a body. A store without a name gets one of `entropy`, one that doesn't say how it is cut is cut as the operator wants.
    ///
    /// # Errors
    /// What is wrong, the field named.
    pub fn parse(body: &[u8], entropy: Entropy, operators: &Chunkings) -> Result<Self, Error> {
        // Clients that set nothing send an empty body.
        let body: &[u8] = if body.is_empty() { b"{}" } else { body };
        let asked: Body = json::parse(body)?;
        if asked.expires_after.is_some() {
            return Err(Error::unsupported("expires_after", "vector stores stay until they are deleted"));
        }
        let name = asked.name.filter(|name| !name.is_empty()).unwrap_or_else(|| hex::encode(entropy));
        if !collection::is_name(&name) {
            let message =
                "`name` must be 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`: it is also the model to ask.";
            return Err(Error::invalid("name", message));
        }
        let file_ids = asked.file_ids.unwrap_or_default();
        if file_ids.len() > FILES {
            let message = format!("`file_ids` takes at most {FILES} files; attach more one by one.");
            return Err(Error::invalid("file_ids", message));
        }
        let chunking = asked.chunking_strategy.unwrap_or(Strategy::Auto).chunking(operators.of(&name))?;
        Ok(Self {
            name,
            chunking,
            metadata: pairs("metadata", asked.metadata.unwrap_or_default())?,
            file_ids,
        })
    }
}

/// A store, as OpenAI describes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// `vs_` and the name.
    pub id: String,
    object: &'static str,
    created_at: u64,
    name: String,
    usage_bytes: u64,
    file_counts: Counts,
    status: &'static str,
    expires_after: Option<()>,
    expires_at: Option<u64>,
    last_active_at: u64,
    metadata: Map<String, Value>,
    x_gusset: Extension,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Counts {
    in_progress: u32,
    completed: u32,
    failed: u32,
    cancelled: u32,
    total: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Extension {
    embedding_model: String,
    fingerprint: String,
    passages: u32,
    chunking_strategy: Strategy,
}

impl From<Collection> for Object {
    fn from(collection: Collection) -> Self {
        let documents = collection.documents;
        Self {
            id: collection::id_of(&collection.name),
            object: "vector_store",
            created_at: collection.created_at,
            usage_bytes: collection.bytes,
            file_counts: Counts {
                in_progress: 0,
                completed: documents,
                failed: 0,
                cancelled: 0,
                total: documents,
            },
            status: "completed",
            expires_after: None,
            expires_at: None,
            last_active_at: collection.created_at,
            metadata: object(&collection.metadata),
            x_gusset: Extension {
                embedding_model: collection.model,
                fingerprint: collection.fingerprint,
                passages: collection.passages,
                chunking_strategy: collection.chunking.into(),
            },
            name: collection.name,
        }
    }
}

impl Object {
    /// The same store, with so many files that were to be attached and could not be.
    #[must_use]
    pub fn with_failed(mut self, failed: u32) -> Self {
        self.file_counts.failed = failed;
        self.file_counts.total = self.file_counts.total.saturating_add(failed);
        self
    }
}

/// Reads the body of an update, of which none can be made: a name is an identity here, and the rest is fixed at creation.
///
/// # Errors
/// The first field that asks for a change.
pub fn update(body: &[u8], current: &Collection) -> Result<(), Error> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let asked: Body = json::parse(body)?;
    if asked.name.is_some_and(|name| name != current.name) {
        return Err(Error::unsupported(
            "name",
            "a vector store keeps its name; create another and attach the files",
        ));
    }
    if asked.expires_after.is_some() {
        return Err(Error::unsupported("expires_after", "vector stores stay until they are deleted"));
    }
    match asked.metadata.map(|fields| pairs("metadata", fields)).transpose()? {
        Some(metadata) if !same(&metadata, &current.metadata) => {
            Err(Error::unsupported("metadata", "metadata is given when a vector store is created"))
        }
        _ => Ok(()),
    }
}

fn same(a: &[(String, String)], b: &[(String, String)]) -> bool {
    a.len() == b.len() && a.iter().all(|pair| b.contains(pair))
}

/// What is said of a store that was removed.
#[must_use]
pub fn deleted(id: &str) -> Value {
    json!({ "id": id, "object": "vector_store.deleted", "deleted": true })
}
