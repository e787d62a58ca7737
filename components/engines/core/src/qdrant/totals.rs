//! How much a collection holds: added up from the documents' heads, and believed for a while, here and by others.
//!
//! An instance on the edge may live no longer than one request, so sums are also kept in a point of the collection. Who changes a document takes the point away: the next who
//! wants sums adds up anew.

use super::json::{field, get, is};
use super::points::totals_id;
use super::{Qdrant, Server};
use gusset_retrieve::engine::EngineError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long sums are believed that this process did not change itself.
const FRESH: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) documents: u32,
    pub(super) passages: u32,
    pub(super) length: u64,
    pub(super) bytes: u64,
}

/// Sums by collection, with the time at which they were added up.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, Dated>>);

/// Sums, and when they were added up, since 1970.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Dated {
    at: Duration,
    totals: Totals,
}

// === impl Totals ===

impl Totals {
    /// A document's share, by its head; nothing where there is none.
    pub(super) fn share(payload: &Value) -> Result<Self, EngineError> {
        if payload.is_null() {
            return Ok(Self::default());
        }
        let (passages, length, bytes) =
            (get(payload, "passages")?, get(payload, "length")?, get(payload, "bytes")?);
        Ok(Self { documents: 1, passages, length, bytes })
    }

    fn add(&mut self, share: Self) {
        self.documents += share.documents;
        self.passages += share.passages;
        self.length += share.length;
        self.bytes += share.bytes;
    }

    fn take(&mut self, share: Self) {
        self.documents = self.documents.saturating_sub(share.documents);
        self.passages = self.passages.saturating_sub(share.passages);
        self.length = self.length.saturating_sub(share.length);
        self.bytes = self.bytes.saturating_sub(share.bytes);
    }
}

impl Dated {
    fn is_fresh(&self, now: Duration) -> bool {
        now.checked_sub(self.at).is_some_and(|age| age < FRESH)
    }
}

// === impl Cache ===

impl Cache {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Dated>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says that the collection is another one: whoever asks next adds up anew.
    pub(super) fn forget(&self, collection: &str) {
        self.with(|cache| cache.remove(collection));
    }
}

/// The sums of a collection.
pub(super) async fn of<S: Server>(qdrant: &Qdrant<S>, collection: &str) -> Result<Totals, EngineError> {
    let now = qdrant.server().unix_time();
    let known = qdrant.totals.with(|cache| cache.get(collection).copied());
    if let Some(known) = known.filter(|known| known.is_fresh(now)) {
        return Ok(known.totals);
    }
    let path = format!("/collections/{collection}/points");
    let kept = qdrant.rest.post(&path, &json!({ "ids": [totals_id()], "with_payload": true })).await?;
    let kept = kept.get(0).and_then(|point| get::<Dated>(field(point, "payload"), "sums").ok());
    let dated = match kept.filter(|kept| kept.is_fresh(now)) {
        Some(kept) => kept,
        None => {
            let dated = Dated { at: now, totals: added_up(qdrant, collection).await? };
            let payload = json!({ "kind": "totals", "sums": dated });
            let point = json!({ "id": totals_id(), "vector": {}, "payload": payload });
            qdrant.rest.put(&format!("{path}?wait=true"), &json!({ "points": [point] })).await?;
            dated
        }
    };
    qdrant.totals.with(|cache| cache.insert(collection.to_owned(), dated));
    Ok(dated.totals)
}

/// Takes one document's share out and puts another's in, where sums are known.
pub(super) async fn replace<S: Server>(
    qdrant: &Qdrant<S>,
    collection: &str,
    old: Totals,
    new: Totals,
) -> Result<(), EngineError> {
    qdrant.totals.with(|cache| {
        if let Some(Dated { totals, .. }) = cache.get_mut(collection) {
            totals.add(new);
            totals.take(old);
        }
    });
    let path = format!("/collections/{collection}/points/delete?wait=true");
    qdrant.rest.post(&path, &json!({ "points": [totals_id()] })).await.map(drop)
}

async fn added_up<S: Server>(qdrant: &Qdrant<S>, collection: &str) -> Result<Totals, EngineError> {
    let mut totals = Totals::default();
    let filter = json!({ "must": [is("kind", "document")] });
    let fields = json!(["passages", "length", "bytes"]);
    let add = |point: Value| {
        totals.add(Totals::share(field(&point, "payload"))?);
        Ok(())
    };
    qdrant.rest.scroll(collection, &filter, &fields, false, add).await?;
    Ok(totals)
}
