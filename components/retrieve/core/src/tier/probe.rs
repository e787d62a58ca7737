//! What a search reads of tiers.
//!
//! Of each its head and a block of postings for each term of the query. Of all together the groups nearest to the query, and of their lists the nearest:
//! [`Width`] says how many, whatever the tiers' size. A search that wants many passages, or whose filter leaves too few, reads more.

use crate::tier::Blocks;

/// Groups whose lists are looked at, of a single tier.
const GROUPS: usize = 48;

/// Lists that are read of a single tier.
const LISTS: usize = 48;

/// Where a smaller share of the passages passes a filter, more lists are read.
const COMMON: f32 = 0.25;

/// So many times more, at most.
const MOST_TIMES: f32 = 6.0;

/// How much of the tiers a search reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Width {
    groups: usize,
    lists: usize,
}

impl Width {
    /// For a search that wants so many candidates: at least twice as many are in the lists.
    pub(crate) fn new(candidates: usize) -> Self {
        let lists = LISTS.max(candidates / 32);
        Self { groups: GROUPS.max(lists), lists }
    }

    /// Groups of so many tiers together: those of one, and a quarter as many for each more. The nearest are read, whichever tier they are of.
    pub(crate) fn groups(self, tiers: usize) -> usize {
        self.groups + tiers.saturating_sub(1) * self.groups / 4
    }

    /// Lists of so many tiers together, likewise.
    pub(crate) fn lists(self, tiers: usize) -> usize {
        self.lists + tiers.saturating_sub(1) * self.lists / 4
    }

    /// Where only a share of the passages passes the filter, those that do are farther away.
    pub(crate) fn for_share(self, share: f32) -> Self {
        let times = (COMMON / share.max(f32::MIN_POSITIVE)).clamp(1.0, MOST_TIMES) as usize;
        Self { groups: self.groups * times, lists: self.lists * times }
    }

    pub(crate) fn wider(self) -> Self {
        Self { groups: self.groups.saturating_mul(4), lists: self.lists.saturating_mul(4) }
    }
}

/// The number of the block that has a term, if any has.
pub(crate) fn block_of(blocks: &Blocks, hash: u32) -> Option<u32> {
    let at = blocks.partition_point(|&(first, _)| first <= hash).checked_sub(1)?;
    blocks.get(at).map(|&(_, number)| number)
}
