//! A tier: passages that were compacted, as an inverted file over coarse centroids and postings in blocks. Written once, never changed.
//!
//! ```text
//! head      how many of everything, the centroids of groups, the first term of each block of postings
//! group     centroids of neighbouring lists
//! list      passages near one centroid: a segment without terms
//! terms     the terms of a list's passages: read by the next compaction alone
//! postings  terms in order of their hashes, with the passages they are in
//! ```
//! A search reads the head, the groups and lists nearest to the query, and a block a term: see [`probe`] for how many, whatever the tier's size.
//! What was replaced or removed since stays in a tier until the next compaction; the directory says that it no longer counts.

pub(crate) mod build;
pub(crate) mod cluster;
pub(crate) mod postings;
pub(crate) mod probe;

use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::segment::Segment;
use crate::store::{Store, delete_all};
use crate::{Error, codec};

/// Centroids: their scales, and their integers one after the other, as vectors are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Centroids {
    pub(crate) scales: Vec<f32>,
    pub(crate) values: Vec<u8>,
}

/// What a tier has.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Number of the first list of each group.
    pub(crate) groups: Vec<u32>,
    pub(crate) lists: u32,
    /// Of the groups.
    pub(crate) centroids: Centroids,
    /// Hash of the first term of each block of postings.
    pub(crate) blocks: Vec<u32>,
}

/// The head of a tier; `None` where there is no tier of that number.
pub(crate) fn head(store: &dyn Store, keys: &Keys, tier: u32) -> Result<Option<Head>, Error> {
    let key = keys.tier(tier);
    store.get(&key)?.map(|bytes| codec::decode(&key, &bytes)).transpose()
}

/// Lists read at once where all are: a few megabytes.
const LISTS_AT_ONCE: u32 = 64;

/// Deletes a tier, and with `records` what is kept under the generations in it. Its head goes last, so that who is interrupted can begin again.
pub(crate) fn purge(store: &dyn Store, keys: &Keys, tier: u32, records: bool) -> Result<(), Error> {
    match head(store, keys, tier)? {
        Some(head) => remove(store, keys, tier, &head, records),
        None => Ok(()),
    }
}

/// The same with a head that is known, for who has written it: somebody else may have deleted it meanwhile.
pub(crate) fn remove(
    store: &dyn Store,
    keys: &Keys,
    tier: u32,
    head: &Head,
    records: bool,
) -> Result<(), Error> {
    for first in (0..head.lists).step_by(LISTS_AT_ONCE as usize) {
        let numbers = first..head.lists.min(first + LISTS_AT_ONCE);
        let lists: Vec<_> = numbers.clone().map(|list| keys.list(tier, list)).collect();
        if records {
            let mut doomed = Vec::new();
            for (key, value) in lists.iter().zip(store.get_many(&lists)?) {
                for (run, _) in Segment::read(key, value.as_deref())?.runs() {
                    doomed.extend(keys.generation(run.generation, run.parts));
                }
            }
            delete_all(store, &doomed)?;
        }
        delete_all(store, &lists)?;
        delete_all(store, &numbers.map(|list| keys.terms(tier, list)).collect::<Vec<_>>())?;
    }
    delete_all(
        store,
        &(0..head.groups.len() as u32).map(|group| keys.group(tier, group)).collect::<Vec<_>>(),
    )?;
    delete_all(
        store,
        &(0..head.blocks.len() as u32).map(|block| keys.postings(tier, block)).collect::<Vec<_>>(),
    )?;
    delete_all(store, &[keys.tier(tier)])
}
