//! What a collection is: its model, its chunking, and which segments there are.
//!
//! A manifest is never deleted, only marked: its incarnation is what tells the lives of a name apart, and a store that has compare-and-swap
//! has no compare-and-delete. What stays of a deleted collection is a key with three bytes.

use gusset_chunk::{Options, Strategy};
use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::store::{Change, Store, update};
use crate::{Error, codec, keys};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Manifest {
    /// Written before there were postings: can be listed and deleted, not searched or added to.
    Outdated(Outdated),
    /// An outdated one whose data is being deleted.
    DeletingOutdated {
        incarnation: u64,
        segments: u32,
    },
    Deleted {
        incarnation: u64,
    },
    Live(Live),
    /// Its data is being deleted, or was when somebody crashed.
    Deleting(Doomed),
}

/// What a deletion has to go through.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Doomed {
    pub(crate) incarnation: u64,
    pub(crate) segments: u32,
    pub(crate) tiers: u32,
    /// Whether its segments are of the format without postings.
    pub(crate) outdated: bool,
}

impl Doomed {
    pub(crate) fn outdated(incarnation: u64, segments: u32) -> Self {
        Self { incarnation, segments, tiers: 0, outdated: true }
    }
}

/// The manifest of a collection in the format without postings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outdated {
    pub(crate) incarnation: u64,
    pub(crate) fingerprint: String,
    pub(crate) model: String,
    pub(crate) dimension: u32,
    pub(crate) chunking: Chunking,
    pub(crate) created_at: u64,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) segments: u32,
    pub(crate) open: Vec<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Live {
    pub(crate) incarnation: u64,
    pub(crate) fingerprint: String,
    pub(crate) model: String,
    pub(crate) dimension: u32,
    pub(crate) chunking: Chunking,
    pub(crate) created_at: u64,
    pub(crate) metadata: Vec<(String, String)>,
    /// Segments are numbered from zero, and no number is used twice.
    pub(crate) segments: u32,
    /// Segments with room; the last one is appended to.
    pub(crate) open: Vec<u32>,
    /// Full segments that are not compacted yet, and how many passages they had when they were closed.
    pub(crate) closed: Vec<(u32, u32)>,
    /// Segments that are in a tier by now and wait to be emptied.
    pub(crate) spent: Vec<u32>,
    /// What was compacted, in the order of its compaction.
    pub(crate) tiers: Vec<Tier>,
    /// Tiers are numbered from zero, and no number is used twice: not even that of a compaction that failed.
    pub(crate) next_tier: u32,
    /// Passages in closed segments from which the next compaction is due. Doubles while one is under way, so that it has time to end.
    pub(crate) due: u32,
}

/// A tier as the manifest knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tier {
    pub(crate) number: u32,
    pub(crate) passages: u32,
    /// Sum of their lengths in terms.
    pub(crate) length: u64,
}

impl Live {
    /// Segments that a search scans.
    pub(crate) fn scanned(&self) -> impl Iterator<Item = u32> {
        self.closed.iter().map(|&(number, _)| number).chain(self.open.iter().copied())
    }

    /// Passages in tiers, whether they still count or not.
    pub(crate) fn compacted(&self) -> u32 {
        self.tiers.iter().map(|tier| tier.passages).sum()
    }

    /// Passages that wait for a compaction.
    pub(crate) fn waiting(&self) -> u32 {
        self.closed.iter().map(|&(_, passages)| passages).sum()
    }
}

/// [`Options`] as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chunking {
    structural: bool,
    max_tokens: u32,
    overlap_tokens: u32,
}

/// Open segments that are remembered. More would make the manifest grow with every deletion.
const MAX_OPEN: usize = 32;

/// The manifest of a name; `None` where there never was a collection of that name.
pub(crate) fn read(store: &dyn Store, tenant: &str, name: &str) -> Result<Option<Manifest>, Error> {
    let key = keys::manifest(tenant, name);
    store.get(&key)?.map(|bytes| codec::decode(&key, &bytes)).transpose()
}

/// The manifest of a collection that there is.
pub(crate) fn live(store: &dyn Store, tenant: &str, name: &str) -> Result<Live, Error> {
    match read(store, tenant, name)? {
        Some(Manifest::Live(live)) => Ok(live),
        Some(Manifest::Outdated(_)) => Err(Error::Outdated(name.to_owned())),
        _ => Err(Error::UnknownCollection(name.to_owned())),
    }
}

/// A collection in one of its lives.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) tenant: String,
    pub(crate) name: String,
    pub(crate) incarnation: u64,
    pub(crate) keys: Keys,
}

impl Place {
    pub(crate) fn new(tenant: &str, name: &str, incarnation: u64) -> Self {
        let keys = Keys::new(tenant, name, incarnation);
        Self { tenant: tenant.to_owned(), name: name.to_owned(), incarnation, keys }
    }

    /// Fails if this life is over.
    pub(crate) fn check(&self, store: &dyn Store) -> Result<Live, Error> {
        let live = live(store, &self.tenant, &self.name)?;
        if live.incarnation == self.incarnation {
            Ok(live)
        } else {
            Err(Error::UnknownCollection(self.name.clone()))
        }
    }

    /// A segment with room, opened now if there is none.
    pub(crate) fn open_segment(&self, store: &dyn Store) -> Result<u32, Error> {
        self.edit(store, |live| match live.open.last() {
            Some(&open) => (open, false),
            None => {
                let number = live.segments;
                live.segments += 1;
                live.open.push(number);
                (number, true)
            }
        })
    }

    /// Says that a segment is full, with so many passages.
    pub(crate) fn close_segment(&self, store: &dyn Store, number: u32, passages: u32) -> Result<(), Error> {
        self.edit(store, |live| {
            let before = live.open.len();
            live.open.retain(|&open| open != number);
            let closes = live.open.len() != before;
            if closes {
                live.closed.push((number, passages));
            }
            ((), closes)
        })
    }

    /// Says that a segment has room again.
    pub(crate) fn reopen_segment(&self, store: &dyn Store, number: u32) -> Result<(), Error> {
        self.edit(store, |live| {
            let at = live.closed.iter().position(|&(closed, _)| closed == number);
            let Some(at) = at.filter(|_| live.open.len() < MAX_OPEN) else { return ((), false) };
            live.closed.remove(at);
            live.open.insert(0, number);
            ((), true)
        })
    }

    pub(crate) fn edit<T>(
        &self,
        store: &dyn Store,
        mut edit: impl FnMut(&mut Live) -> (T, bool),
    ) -> Result<T, Error> {
        let key = keys::manifest(&self.tenant, &self.name);
        update(store, &key, |current| match current.map(|bytes| codec::decode(&key, bytes)).transpose()? {
            Some(Manifest::Live(mut live)) if live.incarnation == self.incarnation => {
                let (value, changed) = edit(&mut live);
                Ok(if changed {
                    Change::Write(codec::encode(&Manifest::Live(live))?, value)
                } else {
                    Change::Keep(value)
                })
            }
            _ => Err(Error::UnknownCollection(self.name.clone())),
        })
    }
}

impl From<&Options> for Chunking {
    fn from(options: &Options) -> Self {
        let &Options { strategy, max_tokens, overlap_tokens } = options;
        Self { structural: strategy == Strategy::Structural, max_tokens, overlap_tokens }
    }
}

impl From<Chunking> for Options {
    fn from(stored: Chunking) -> Self {
        let Chunking { structural, max_tokens, overlap_tokens } = stored;
        let strategy = if structural { Strategy::Structural } else { Strategy::Recursive };
        Self { strategy, max_tokens, overlap_tokens }
    }
}
