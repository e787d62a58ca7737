//! Collections of formats that are no longer written: what it takes to delete one.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::filter::Field;
use crate::keys::Keys;
use crate::store::{Store, delete_all};
use crate::{Error, codec};

/// What is read of a run, in either format.
trait Run: DeserializeOwned {
    /// Its generation and the parts of its record.
    fn record(&self) -> (u64, u32);
}

#[derive(Deserialize)]
struct Bare {
    #[expect(dead_code, reason = "the layout says what is read")]
    document: String,
    generation: u64,
    #[expect(dead_code, reason = "the layout says what is read")]
    based_on: u64,
    parts: u32,
    #[expect(dead_code, reason = "the layout says what is read")]
    range: (u32, u32),
}

#[derive(Deserialize)]
struct Worded {
    bare: Bare,
    #[expect(dead_code, reason = "the layout says what is read")]
    lexicon: u32,
    #[expect(dead_code, reason = "the layout says what is read")]
    fields: Vec<Field>,
}

impl Run for Bare {
    fn record(&self) -> (u64, u32) {
        (self.generation, self.parts)
    }
}

impl Run for Worded {
    fn record(&self) -> (u64, u32) {
        self.bare.record()
    }
}

/// Appends and dimension.
type Bounds = (u32, u32);

fn records<H: DeserializeOwned, R: Run>(key: &str, bytes: Option<&[u8]>) -> Result<Vec<(u64, u32)>, Error> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    let ((_, runs), _) = codec::decode_prefix::<(H, Vec<R>)>(key, bytes)?;
    Ok(runs.iter().map(Run::record).collect())
}

fn delete_with_records(
    store: &dyn Store,
    keys: &Keys,
    key: String,
    records: impl Fn(&str, Option<&[u8]>) -> Result<Vec<(u64, u32)>, Error>,
) -> Result<(), Error> {
    let found: BTreeSet<_> = records(&key, store.get(&key)?.as_deref())?.into_iter().collect();
    let doomed: Vec<_> =
        found.into_iter().flat_map(|(generation, parts)| keys.generation(generation, parts)).collect();
    delete_all(store, &doomed)?;
    delete_all(store, &[key])
}

/// Deletes the segments of a collection without postings.
pub(crate) fn purge(store: &dyn Store, keys: &Keys, segments: u32) -> Result<(), Error> {
    (0..segments).try_for_each(|number| {
        delete_with_records(store, keys, keys.segment(number), records::<Bounds, Bare>)
    })
}

/// Deletes segments and tiers of a collection whose tiers had no rows.
pub(crate) fn purge_tiers(store: &dyn Store, keys: &Keys, segments: u32, tiers: u32) -> Result<(), Error> {
    type Sealed = (Bounds, bool);
    /// First list of each group, lists, centroids, blocks.
    type Head = (Vec<u32>, u32, (Vec<f32>, Vec<u8>), Vec<u32>);
    for tier in 0..tiers {
        let key = keys.tier(tier);
        let Some(bytes) = store.get(&key)? else { continue };
        let (groups, lists, _, blocks): Head = codec::decode(&key, &bytes)?;
        for list in 0..lists {
            delete_with_records(store, keys, keys.list(tier, list), records::<Sealed, Worded>)?;
        }
        delete_all(store, &(0..lists).map(|list| keys.terms(tier, list)).collect::<Vec<_>>())?;
        delete_all(
            store,
            &(0..groups.len() as u32).map(|group| keys.group(tier, group)).collect::<Vec<_>>(),
        )?;
        delete_all(
            store,
            &(0..blocks.len() as u32).map(|block| keys.postings(tier, block)).collect::<Vec<_>>(),
        )?;
        delete_all(store, &[key])?;
    }
    (0..segments).try_for_each(|number| {
        delete_with_records(store, keys, keys.segment(number), records::<Sealed, Worded>)
    })
}
