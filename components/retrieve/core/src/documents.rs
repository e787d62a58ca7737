//! Documents: looked at, listed, removed. Adding one is `put`'s.

use gusset_chunk::Format;

use crate::directory::{self, Entry, shard_of};
use crate::manifest::{self, Place};
use crate::record::Head;
use crate::store::{delete_all, get_all};
use crate::{Error, Retrieve, codec, names, totals, vectors};

/// Documents of one step of a walk, at most: their records are some hundred kilobytes.
const LONGEST_STEP: u32 = 1024;

/// A document to add.
#[derive(Clone, Debug)]
pub struct Document {
    /// Unique inside the collection. Adding one that exists replaces it.
    pub id: String,
    /// Human-readable name.
    pub title: String,
    /// How `content` is written.
    pub format: Format,
    /// The document itself.
    pub content: String,
    /// Unix time in seconds.
    pub added_at: u64,
    /// Travels with each passage.
    pub metadata: Vec<(String, String)>,
}

/// What is known of a document that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Unique inside the collection.
    pub id: String,
    /// Human-readable name.
    pub title: String,
    /// Passages that can be found.
    pub passages: u32,
    /// Their tokens, in all.
    pub tokens: u32,
    /// Length as it was added.
    pub bytes: u32,
    /// Unix time in seconds.
    pub added_at: u64,
    /// What it was added with, in that order.
    pub metadata: Vec<(String, String)>,
}

/// Refuses a step of a walk that is none.
pub(crate) fn check_step(limit: u32) -> Result<(), Error> {
    names::check((1..=LONGEST_STEP).contains(&limit), || format!("limit is {limit}; use 1 to {LONGEST_STEP}"))
}

impl Retrieve<'_> {
    /// A document; `None` where there is none of that identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the store failed.
    pub fn get_document(
        &self,
        tenant: &str,
        collection: &str,
        id: &str,
    ) -> Result<Option<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let keys = Place::new(tenant, collection, live.incarnation).keys;
        loop {
            let shard = directory::read(self.store, &keys, shard_of(id))?;
            let Some(entry) = shard.entries.get(id) else { return Ok(None) };
            let key = keys.head(entry.generation);
            if let Some(head) = self.store.get(&key)? {
                return Ok(Some(describe(id, entry, codec::decode(&key, &head)?)));
            }
            // Replaced or removed between the two reads, unless the entry is still the same.
            let again = directory::read(self.store, &keys, shard_of(id))?;
            if again.entries.get(id).is_some_and(|now| now.generation == entry.generation) {
                return Err(Error::Corrupt { key, reason: "it is missing".to_owned() });
            }
        }
    }

    /// All documents of a collection, ascending by identifier.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the store failed.
    pub fn list_documents(&self, tenant: &str, collection: &str) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let keys = Place::new(tenant, collection, live.incarnation).keys;
        let shards: Vec<_> = (0..=u8::MAX).map(|shard| keys.shard(shard)).collect();
        let mut entries = Vec::new();
        for (key, value) in shards.iter().zip(get_all(self.store, &shards)?) {
            entries.extend(directory::parse(key, value.as_deref())?.entries);
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let heads: Vec<_> = entries.iter().map(|(_, entry)| keys.head(entry.generation)).collect();
        let mut infos = Vec::with_capacity(entries.len());
        for ((id, entry), (key, head)) in entries.iter().zip(heads.iter().zip(get_all(self.store, &heads)?)) {
            match head {
                Some(head) => infos.push(describe(id, entry, codec::decode(key, &head)?)),
                // Replaced or removed while this list was made: as it is now.
                None => infos.extend(self.get_document(tenant, collection, id)?),
            }
        }
        Ok(infos)
    }

    /// At most `limit` documents, 1 to 1024, behind the one of identifier `after`, which need not be there any more; fewer are the last. Shard by
    /// shard of the directory and by identifier within one: an order that stays the same, of which a step reads no more than it returns and a shard.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the limit is none; the store failed.
    pub fn walk_documents(
        &self,
        tenant: &str,
        collection: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DocumentInfo>, Error> {
        names::collection(tenant, collection)?;
        check_step(limit)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let keys = Place::new(tenant, collection, live.incarnation).keys;
        let limit = limit as usize;
        let mut infos = Vec::new();
        for shard in after.map_or(0, shard_of)..=u8::MAX {
            let entries = directory::read(self.store, &keys, shard)?.entries;
            let behind = |id: &str| after.is_none_or(|after| shard != shard_of(after) || id > after);
            let entries: Vec<_> = entries.iter().filter(|(id, _)| behind(id)).collect();
            let mut rest = entries.as_slice();
            while !rest.is_empty() && infos.len() < limit {
                let step;
                (step, rest) = rest.split_at_checked(limit - infos.len()).unwrap_or((rest, &[]));
                let heads: Vec<_> = step.iter().map(|(_, entry)| keys.head(entry.generation)).collect();
                let values = get_all(self.store, &heads)?;
                for ((id, entry), (key, head)) in step.iter().zip(heads.iter().zip(values)) {
                    match head {
                        Some(head) => infos.push(describe(id, entry, codec::decode(key, &head)?)),
                        // Replaced or removed meanwhile: as it is now.
                        None => infos.extend(self.get_document(tenant, collection, id)?),
                    }
                }
            }
            if infos.len() >= limit {
                break;
            }
        }
        Ok(infos)
    }

    /// Removes a document. Whether there was one.
    ///
    /// # Errors
    /// No such collection; a name can't be one; the store failed.
    pub fn remove_document(&self, tenant: &str, collection: &str, id: &str) -> Result<bool, Error> {
        names::collection(tenant, collection)?;
        names::document_id(id)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let place = Place::new(tenant, collection, live.incarnation);
        let Some(removed) = directory::remove(self.store, &place.keys, id)? else {
            // Makes up for a removal that broke off before it could.
            let shard = directory::read(self.store, &place.keys, shard_of(id))?;
            totals::merge(self.store, &place.keys, shard_of(id), shard.version, shard.sums())?;
            if let Err(gone) = place.check(self.store) {
                // Nobody can see what this leaves if it fails.
                let _ = self.discard(&place, id, 0, 0, &[]);
                return Err(gone);
            }
            return Ok(false);
        };
        totals::merge(self.store, &place.keys, shard_of(id), removed.version, removed.sums)?;
        if let Some(entry) = &removed.replaced {
            let dead = |run: &crate::segment::Run| run.document == id && run.based_on < removed.version;
            // It is removed already; what this leaves if it fails is seen by nobody.
            let _ = vectors::retire(self.store, &place, &entry.segments, dead)
                .and_then(|()| self.delete_record(&place, entry));
        }
        if let Err(gone) = place.check(self.store) {
            if let Some(Entry { generation, parts, .. }) = &removed.replaced {
                // Nobody can see what this leaves if it fails.
                let _ = self.discard(&place, id, *generation, parts.len() as u32, &[]);
            }
            return Err(gone);
        }
        // As above: whoever comes next tries again.
        let _ = self.compact_if_sparse(&place);
        Ok(true)
    }

    pub(crate) fn delete_record(&self, place: &Place, entry: &Entry) -> Result<(), Error> {
        let record: Vec<_> = place.keys.generation(entry.generation, entry.parts.len() as u32).collect();
        delete_all(self.store, &record)
    }
}

pub(crate) fn describe(id: &str, entry: &Entry, head: Head) -> DocumentInfo {
    DocumentInfo {
        id: id.to_owned(),
        title: head.title,
        passages: entry.passages,
        tokens: entry.tokens,
        bytes: entry.bytes,
        added_at: head.added_at,
        metadata: head.metadata,
    }
}
