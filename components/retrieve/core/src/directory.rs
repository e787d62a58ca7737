//! Which documents a collection has, and which generation of each counts: the one truth about that.
//!
//! 256 shards by the document's identifier, so that a write rewrites little and writers of different documents seldom meet. A shard's version grows with every change.
//! A writer remembers the version it started from; if its document has changed since, it has to start again. That fence is
//! what makes it safe to clean up after others: whatever was begun before a document's latest change can no longer be committed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::keys::Keys;
use crate::store::{Change, Store, update};
use crate::totals::Sums;
use crate::{Error, codec};

/// A digest of a document's format and content.
pub(crate) type ContentHash = [u8; 16];

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Shard {
    pub(crate) version: u64,
    /// Version at which a document was last removed.
    removed_at: u64,
    pub(crate) entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The shard's version when this was committed; `commit` sets it.
    pub(crate) version: u64,
    pub(crate) generation: u64,
    pub(crate) content: ContentHash,
    pub(crate) passages: u32,
    pub(crate) tokens: u32,
    pub(crate) bytes: u32,
    /// First passage of each part of its record.
    pub(crate) parts: Vec<u32>,
    /// Segments that hold its vectors, in order.
    pub(crate) segments: Vec<u32>,
}

impl Entry {
    /// The part of the record that has a passage, and the passage's place in it.
    pub(crate) fn part_of(&self, passage: u32) -> Option<(u32, usize)> {
        let part = self.parts.partition_point(|&first| first <= passage).checked_sub(1)?;
        let first = *self.parts.get(part)?;
        Some((part as u32, (passage - first) as usize))
    }
}

/// What became of a commit or a removal.
pub(crate) struct Committed {
    pub(crate) version: u64,
    pub(crate) replaced: Option<Entry>,
    pub(crate) sums: Sums,
}

/// The shard that a document's identifier belongs to.
pub(crate) fn shard_of(id: &str) -> u8 {
    let [shard, ..] = <[u8; 32]>::from(Sha256::digest(id));
    shard
}

pub(crate) fn content_hash(format: u8, content: &str) -> ContentHash {
    let digest = <[u8; 32]>::from(Sha256::new().chain_update([format]).chain_update(content).finalize());
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = digest;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

pub(crate) fn read(store: &dyn Store, keys: &Keys, shard: u8) -> Result<Shard, Error> {
    let key = keys.shard(shard);
    parse(&key, store.get(&key)?.as_deref())
}

pub(crate) fn parse(key: &str, bytes: Option<&[u8]>) -> Result<Shard, Error> {
    Ok(bytes.map(|bytes| codec::decode(key, bytes)).transpose()?.unwrap_or_default())
}

impl Shard {
    pub(crate) fn sums(&self) -> Sums {
        self.entries.values().fold(Sums::default(), |sums, entry| Sums {
            documents: sums.documents + 1,
            passages: sums.passages + entry.passages,
            bytes: sums.bytes + u64::from(entry.bytes),
        })
    }

    /// Whether what an attempt wrote can never count: it isn't what the document is, and can no longer become it.
    pub(crate) fn is_dead(&self, id: &str, generation: u64, based_on: u64) -> bool {
        self.entries.get(id).is_none_or(|entry| entry.generation != generation)
            && self.changed_since(id, based_on)
    }

    /// Whether a document changed after a version.
    fn changed_since(&self, id: &str, version: u64) -> bool {
        self.entries.get(id).map_or(self.removed_at, |entry| entry.version) > version
    }
}

/// Makes `entry` what the document is. `None` if the document changed since the version that the writer started from.
pub(crate) fn commit(
    store: &dyn Store,
    keys: &Keys,
    id: &str,
    based_on: u64,
    entry: &Entry,
) -> Result<Option<Committed>, Error> {
    let key = keys.shard(shard_of(id));
    update(store, &key, |current| {
        let mut shard = parse(&key, current)?;
        if shard.changed_since(id, based_on) {
            return Ok(Change::Keep(None));
        }
        shard.version += 1;
        let version = shard.version;
        let replaced = shard.entries.insert(id.to_owned(), Entry { version, ..entry.clone() });
        let committed = Committed { version, replaced, sums: shard.sums() };
        Ok(Change::Write(codec::encode(&shard)?, Some(committed)))
    })
}

/// Removes a document. `None` if there is none.
pub(crate) fn remove(store: &dyn Store, keys: &Keys, id: &str) -> Result<Option<Committed>, Error> {
    let key = keys.shard(shard_of(id));
    update(store, &key, |current| {
        let mut shard = parse(&key, current)?;
        let Some(removed) = shard.entries.remove(id) else { return Ok(Change::Keep(None)) };
        shard.version += 1;
        shard.removed_at = shard.version;
        let committed = Committed { version: shard.version, replaced: Some(removed), sums: shard.sums() };
        Ok(Change::Write(codec::encode(&shard)?, Some(committed)))
    })
}
