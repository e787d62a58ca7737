//! What a collection is: its model, its chunking, and which segments there are.
//!
//! A manifest is never deleted, only marked: its incarnation is what tells the lives of a name apart, and a store that has compare-and-swap
//! has no compare-and-delete. What stays of a deleted collection is a key with three bytes.

use std::ops::Range;

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
    /// Written when a tier had no rows: as the outdated one.
    OutdatedTiers(OutdatedTiers),
    /// As [`Self::DeletingOutdated`].
    DeletingOutdatedTiers(DoomedTiers),
    Live(Box<Live>),
    /// Its data is being deleted, or was when somebody crashed.
    Deleting(Box<Live>),
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

/// The manifest of a collection whose tiers keep terms beside their lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OutdatedTiers {
    pub(crate) about: Outdated,
    pub(crate) closed: Vec<(u32, u32)>,
    pub(crate) spent: Vec<u32>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) next_tier: u32,
    pub(crate) due: u32,
}

/// What a deletion of such a collection has to go through.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct DoomedTiers {
    pub(crate) incarnation: u64,
    pub(crate) segments: u32,
    pub(crate) tiers: u32,
    /// Whether its segments are of the format without postings.
    pub(crate) outdated: bool,
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
    pub(crate) tiers: Vec<Tier>,
    /// Tiers are numbered from zero, and no number is used twice: not even that of a compaction that failed.
    pub(crate) next_tier: u32,
    /// Neither is any row, which are given out some at once.
    pub(crate) next_row: u32,
    /// Passages in closed segments from which the next flush is due. Grows while one is under way, so that it has time to end.
    pub(crate) due: u32,
    /// The tier that segments are being made into.
    pub(crate) flush: Option<Flush>,
    /// Tiers that are being made of others.
    pub(crate) merges: Vec<Merge>,
    /// What is to be deleted, and how many steps of that are done.
    pub(crate) leftovers: Vec<(Leftover, u32)>,
}

/// A tier as the manifest knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tier {
    pub(crate) number: u32,
    pub(crate) passages: u32,
    /// Sum of their lengths in terms.
    pub(crate) length: u64,
}

/// A tier that is being made of segments, by one writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flush {
    pub(crate) number: u32,
    /// Those it may give to passages.
    pub(crate) rows: Range<u32>,
}

/// A tier that is being made of others, step by step, by whoever comes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Merge {
    pub(crate) number: u32,
    pub(crate) tiers: Vec<Tier>,
    /// In the tiers.
    pub(crate) passages: u32,
    pub(crate) stage: Stage,
    /// Steps of each stage that has many, once they are known.
    pub(crate) units: u32,
    pub(crate) groups: u32,
    pub(crate) ranges: u32,
    /// Steps of the stage that somebody has begun.
    pub(crate) begun: u32,
    /// Those of them that are not done, and how often somebody found nothing else to do since.
    pub(crate) open: Vec<(u32, u8)>,
}

/// What a merge is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Stage {
    Plan,
    Route,
    Invert,
    Gather,
    Postings,
    Finish,
}

/// Something that nobody needs any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Leftover {
    Tier(u32),
    Rows(Range<u32>),
    /// What a merge has noted.
    Notes(Merge),
}

impl Merge {
    /// Steps of the stage it is at.
    pub(crate) fn steps(&self) -> u32 {
        match self.stage {
            Stage::Plan | Stage::Invert | Stage::Finish => 1,
            Stage::Route => self.units,
            Stage::Gather => self.groups,
            Stage::Postings => self.ranges,
        }
    }
}

impl Live {
    /// Segments that a search scans.
    pub(crate) fn scanned(&self) -> impl Iterator<Item = u32> {
        self.closed.iter().map(|&(number, _)| number).chain(self.open.iter().copied())
    }

    /// Tiers that no merge is about.
    pub(crate) fn free(&self) -> impl Iterator<Item = &Tier> {
        self.tiers.iter().filter(|tier| !self.merges.iter().any(|merge| merge.tiers.contains(tier)))
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
    /// From the low end: two bits of strategy, one for context, the rest the tokens of a section. It stands where there once was whether the strategy is
    /// structural, and the two values of that mean what they meant.
    cut: u32,
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
        Some(Manifest::Live(live)) => Ok(*live),
        Some(Manifest::Outdated(_) | Manifest::OutdatedTiers(_)) => Err(Error::Outdated(name.to_owned())),
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
        let &Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
        let strategy = match strategy {
            Strategy::Recursive => 0,
            Strategy::Structural => 1,
            Strategy::Fixed => 2,
            Strategy::Semantic => 3,
        };
        Self { cut: parent_tokens << 3 | u32::from(context) << 2 | strategy, max_tokens, overlap_tokens }
    }
}

impl From<Chunking> for Options {
    fn from(stored: Chunking) -> Self {
        let Chunking { cut, max_tokens, overlap_tokens } = stored;
        let strategy = match cut & 3 {
            0 => Strategy::Recursive,
            1 => Strategy::Structural,
            2 => Strategy::Fixed,
            _ => Strategy::Semantic,
        };
        Self { strategy, max_tokens, overlap_tokens, parent_tokens: cut >> 3, context: cut & 4 != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_formats_before_wrote_is_read() {
        for (structural, strategy) in [(false, Strategy::Recursive), (true, Strategy::Structural)] {
            let stored = codec::encode(&(structural, 200_u32, 20_u32)).unwrap();
            let options = Options::from(codec::decode::<Chunking>("key", &stored).unwrap());
            let expected =
                Options { strategy, max_tokens: 200, overlap_tokens: 20, parent_tokens: 0, context: false };
            assert_eq!(options, expected);
        }
    }

    #[test]
    fn options_are_kept() {
        for strategy in [Strategy::Recursive, Strategy::Structural, Strategy::Fixed, Strategy::Semantic] {
            for (parent_tokens, context) in [(0, true), (100_000, false), (400, true)] {
                let options = Options { strategy, max_tokens: 8, overlap_tokens: 0, parent_tokens, context };
                assert_eq!(Options::from(Chunking::from(&options)), options);
            }
        }
    }
}
