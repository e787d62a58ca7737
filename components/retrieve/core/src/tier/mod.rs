//! A tier: passages that were compacted, as an inverted file over coarse centroids and postings in blocks. Written once, never changed.
//!
//! ```text
//! head      centroids of groups, and the first term of each block of postings
//! group     centroids of neighbouring lists
//! list      passages near one centroid: a segment without terms
//! postings  terms in order of their hashes, with the rows they are in
//! ```
//! Besides, [`rows`] keeps every passage once more, in the order of arrival and outside of any tier: a merge of tiers leaves it alone, and postings name
//! passages by their rows, so that they are merged like sorted files.
//!
//! A search reads the heads, the groups and lists nearest to the query, and a block a term: see [`probe`] for how many, whatever the tier's size.
//! What was replaced or removed since stays in a tier until it is merged; the directory says that it no longer counts.

pub(crate) mod build;
pub(crate) mod cluster;
pub(crate) mod merge;
pub(crate) mod postings;
pub(crate) mod probe;
pub(crate) mod regions;
pub(crate) mod rows;

use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::quantise::{Query, quantise};
use crate::store::{Store, delete_all};
use crate::{Error, codec};

/// Most lists of a group: a list's number is its group's times this, plus its place there.
const LISTS: u32 = 256;

/// A list by its group and its place there.
pub(crate) fn list_number(group: u32, place: usize) -> u32 {
    group * LISTS + place as u32
}

/// Centroids on their way into a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Centroids {
    scales: Vec<u8>,
    values: Vec<u8>,
}

impl Centroids {
    pub(crate) fn push(&mut self, centre: &[f32]) {
        let scale = quantise(centre, &mut self.values);
        self.scales.extend(scale.to_le_bytes());
    }

    pub(crate) fn extend(&mut self, one: (f32, &[u8])) {
        self.scales.extend(one.0.to_le_bytes());
        self.values.extend_from_slice(one.1);
    }

    /// A value: what `header` is, how many centroids there are, their scales, their integers.
    pub(crate) fn encode<T: Serialize>(&self, header: &T) -> Result<Vec<u8>, Error> {
        let mut bytes = codec::encode(&(header, (self.scales.len() / 4) as u32))?;
        bytes.extend_from_slice(&self.scales);
        bytes.extend_from_slice(&self.values);
        Ok(bytes)
    }
}

/// Centroids as they are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Centres<'a> {
    scales: &'a [[u8; 4]],
    values: &'a [u8],
    dimension: usize,
}

impl<'a> Centres<'a> {
    /// What [`Centroids::encode`] has written.
    pub(crate) fn decode<T: Deserialize<'a>>(key: &str, bytes: &'a [u8]) -> Result<(T, Self), Error> {
        let ((header, count), rest) = codec::decode_prefix::<(T, u32)>(key, bytes)?;
        let count = count as usize;
        let split = || {
            let (scales, values) = rest.split_at_checked(count.checked_mul(4)?)?;
            let dimension = values.len() / count.max(1);
            (values.len() == dimension * count).then_some((scales.as_chunks().0, values, dimension))
        };
        let Some((scales, values, dimension)) = split() else {
            return Err(Error::Corrupt { key: key.to_owned(), reason: "its length is wrong".to_owned() });
        };
        Ok((header, Self { scales, values, dimension }))
    }

    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    /// Each with its scale.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f32, &'a [u8])> + use<'a> {
        let vectors = self.values.chunks_exact(self.dimension.max(1));
        self.scales.iter().map(|&scale| f32::from_le_bytes(scale)).zip(vectors)
    }

    /// How near each is to a query.
    pub(crate) fn scores(&self, query: &Query) -> impl Iterator<Item = f32> {
        self.iter().map(|(scale, vector)| query.score(vector, scale))
    }
}

/// What a head says besides the centroids of its groups, in the order of these: block after block the hash of the first term, and the block's number.
pub(crate) type Blocks = Vec<(u32, u32)>;

/// The head of a tier as bytes; `None` where there is no tier of that number.
pub(crate) fn head(store: &dyn Store, keys: &Keys, tier: u32) -> Result<Option<(String, Vec<u8>)>, Error> {
    let key = keys.tier(tier);
    Ok(store.get(&key)?.map(|bytes| (key, bytes)))
}

/// Groups whose lists are deleted at once.
const GROUPS_AT_ONCE: u32 = 16;

/// Blocks that are deleted at once.
const BLOCKS_AT_ONCE: usize = 256;

/// Steps that it takes to delete a tier: some groups each, then some blocks each, then its head.
#[derive(Clone, Copy, Debug)]
struct Removal {
    groups: u32,
    blocks: usize,
}

impl Removal {
    fn of(key: &str, head: &[u8]) -> Result<(Self, Blocks), Error> {
        let (blocks, centres) = Centres::decode::<Blocks>(key, head)?;
        Ok((Self { groups: centres.len() as u32, blocks: blocks.len() }, blocks))
    }

    fn of_groups(self) -> u32 {
        self.groups.div_ceil(GROUPS_AT_ONCE)
    }

    fn steps(self) -> u32 {
        self.of_groups() + self.blocks.div_ceil(BLOCKS_AT_ONCE) as u32 + 1
    }
}

/// Does one step of deleting a tier; whether that was the last. The head goes last, so that who is interrupted can begin again.
pub(crate) fn remove_step(store: &dyn Store, keys: &Keys, tier: u32, step: u32) -> Result<bool, Error> {
    let Some((key, head)) = head(store, keys, tier)? else { return Ok(true) };
    let (removal, blocks) = Removal::of(&key, &head)?;
    let of_groups = removal.of_groups();
    if step < of_groups {
        let first = step * GROUPS_AT_ONCE;
        remove_groups(store, keys, tier, first..removal.groups.min(first + GROUPS_AT_ONCE))?;
    } else if let Some(some) = blocks.chunks(BLOCKS_AT_ONCE).nth((step - of_groups) as usize) {
        let blocks: Vec<_> = some.iter().map(|&(_, number)| keys.postings(tier, number)).collect();
        delete_all(store, &blocks)?;
    } else {
        delete_all(store, &[key])?;
    }
    Ok(step + 1 >= removal.steps())
}

/// Deletes a tier.
pub(crate) fn remove(store: &dyn Store, keys: &Keys, tier: u32) -> Result<(), Error> {
    let mut step = 0;
    while !remove_step(store, keys, tier, step)? {
        step += 1;
    }
    Ok(())
}

/// Deletes groups and their lists.
pub(crate) fn remove_groups(
    store: &dyn Store,
    keys: &Keys,
    tier: u32,
    groups: std::ops::Range<u32>,
) -> Result<(), Error> {
    let group_keys: Vec<_> = groups.clone().map(|group| keys.group(tier, group)).collect();
    let mut lists = Vec::new();
    for ((group, key), value) in groups.zip(&group_keys).zip(store.get_many(&group_keys)?) {
        let Some(value) = value else { continue };
        let ((), centres) = Centres::decode(key, &value)?;
        lists.extend((0..centres.len()).map(|place| keys.list(tier, list_number(group, place))));
    }
    delete_all(store, &lists)?;
    delete_all(store, &group_keys)
}
