//! How much a collection holds: added up from the documents' heads, and remembered for a while.

use super::Qdrant;
use super::points::{field, get, is};
use gusset_retrieve::engine::EngineError;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long sums are believed that this process did not change itself.
pub(super) const FRESH: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) documents: u32,
    pub(super) passages: u32,
    pub(super) length: u64,
    pub(super) bytes: u64,
}

/// Sums by collection.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, (Instant, Totals)>>);

impl Totals {
    /// A document's share, by its head; nothing where there is none.
    pub(super) fn share(payload: &serde_json::Value) -> Result<Self, EngineError> {
        if payload.is_null() {
            return Ok(Self::default());
        }
        let (passages, length, bytes) =
            (get(payload, "passages")?, get(payload, "length")?, get(payload, "bytes")?);
        Ok(Self { documents: 1, passages, length, bytes })
    }
}

impl Cache {
    /// Sums that are still believed.
    fn known(&self, collection: &str) -> Option<Totals> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(collection).filter(|(since, _)| since.elapsed() < FRESH).map(|(_, totals)| *totals)
    }

    fn remember(&self, collection: &str, totals: Totals) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(collection.to_owned(), (Instant::now(), totals));
    }

    /// Takes one document's share out and puts another's in, where sums are known.
    pub(super) fn replace(&self, collection: &str, old: Totals, new: Totals) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, totals)) = cache.get_mut(collection) {
            totals.documents = (totals.documents + new.documents).saturating_sub(old.documents);
            totals.passages = (totals.passages + new.passages).saturating_sub(old.passages);
            totals.length = (totals.length + new.length).saturating_sub(old.length);
            totals.bytes = (totals.bytes + new.bytes).saturating_sub(old.bytes);
        }
    }

    /// Says that the collection is another one: whoever asks next adds up anew.
    pub(super) fn forget(&self, collection: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(collection);
    }
}

/// The sums of a collection.
pub(super) async fn of(qdrant: &Qdrant, collection: &str) -> Result<Totals, EngineError> {
    if let Some(totals) = qdrant.totals.known(collection) {
        return Ok(totals);
    }
    let totals = added_up(qdrant, collection).await?;
    qdrant.totals.remember(collection, totals);
    Ok(totals)
}

async fn added_up(qdrant: &Qdrant, collection: &str) -> Result<Totals, EngineError> {
    let mut totals = Totals::default();
    let filter = json!({ "must": [is("kind", "document")] });
    let fields = json!(["passages", "length", "bytes"]);
    let add = |point: serde_json::Value| {
        let share = Totals::share(field(&point, "payload"))?;
        totals.documents += share.documents;
        totals.passages += share.passages;
        totals.length += share.length;
        totals.bytes += share.bytes;
        Ok(())
    };
    qdrant.client.scroll(collection, &filter, &fields, false, add).await?;
    Ok(totals)
}
