//! How much a collection holds, without reading its directory.
//!
//! For each shard of the directory the sums as of a version of it. Writers merge what they know; the later version wins, so order doesn't matter, and a
//! writer that crashed before it could is made up for by the next one in that shard.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::store::{Change, Store, update};
use crate::{Error, codec};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) documents: u32,
    pub(crate) passages: u32,
    pub(crate) bytes: u64,
}

type Totals = BTreeMap<u8, (/* version */ u64, Sums)>;

/// The version of each shard that has been merged.
pub(crate) fn versions(store: &dyn Store, keys: &Keys) -> Result<BTreeMap<u8, u64>, Error> {
    let key = keys.totals();
    let totals = parse(&key, store.get(&key)?.as_deref())?;
    Ok(totals.into_iter().map(|(shard, (version, _))| (shard, version)).collect())
}

fn parse(key: &str, bytes: Option<&[u8]>) -> Result<Totals, Error> {
    Ok(bytes.map(|bytes| codec::decode(key, bytes)).transpose()?.unwrap_or_default())
}

/// The sums over all shards.
pub(crate) fn of(key: &str, bytes: Option<&[u8]>) -> Result<Sums, Error> {
    let totals = parse(key, bytes)?;
    Ok(totals.values().fold(Sums::default(), |all, (_, shard)| Sums {
        documents: all.documents + shard.documents,
        passages: all.passages + shard.passages,
        bytes: all.bytes + shard.bytes,
    }))
}

pub(crate) fn merge(
    store: &dyn Store,
    keys: &Keys,
    shard: u8,
    version: u64,
    sums: Sums,
) -> Result<(), Error> {
    let key = keys.totals();
    update(store, &key, |current| {
        let mut totals = parse(&key, current)?;
        if totals.get(&shard).is_some_and(|&(known, _)| known >= version) {
            return Ok(Change::Keep(()));
        }
        totals.insert(shard, (version, sums));
        Ok(Change::Write(codec::encode(&totals)?, ()))
    })
}
