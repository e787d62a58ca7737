//! Several tiers become one, in steps of bounded work of which each can be done again, by anybody, with the same result.
//!
//! ```text
//! plan      centroids of the new tier's groups, from those of the old lists; what a step is
//! route     for some old lists: which passages count, and the group that each goes to
//! invert    routes by list to parts by group
//! gather    for one group: its passages out of the old lists, into new ones
//! postings  for a range of terms: the old postings without what no longer counts
//! finish    the head, by which others find all this
//! ```
//! What a step makes of the same values is the same, whoever does it; only what counts depends on when one asks, and there the first answer stays.

mod gather;
mod invert;
mod plan;
mod route;
mod words;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::manifest::{Merge, Stage, Tier};
use crate::segment::Run;
use crate::store::{Store, delete_all, get_all};
use crate::tier::build::Written;
use crate::tier::{Blocks, Centres, Centroids, remove_groups};
use crate::{Error, codec};

/// Says which generations can't count any more.
type Dead<'a> = dyn Fn(&[Run]) -> Result<HashSet<u64>, Error> + 'a;

/// What a step of a merge needs.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) keys: &'a Keys,
    pub(crate) dimension: usize,
    pub(crate) merge: &'a Merge,
    /// Which of these attempts to write a document can't count any more.
    pub(crate) dead: &'a Dead<'a>,
}

/// What a step has found out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Steps of the stages that follow.
    pub(crate) units: u32,
    pub(crate) groups: u32,
    pub(crate) ranges: u32,
    /// The tier as it is at the end; none if nothing in it counts.
    pub(crate) tier: Option<Tier>,
}

/// What was to be merged is gone: the merge has ended without this step.
pub(crate) struct Gone;

/// Some old lists that are routed in one step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Unit {
    tier: u32,
    first: u32,
    end: u32,
}

/// What a plan says besides the centroids.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Plan {
    units: Vec<Unit>,
    /// Hash of the first term of each range of postings.
    ranges: Vec<u32>,
    /// For each centroid of the upper level, the first below it.
    firsts: Vec<u32>,
}

/// For some old lists, where their passages go.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Route {
    /// Passages that count, and the sum of their lengths.
    passages: u32,
    length: u64,
    /// Rows that don't count.
    dead: Vec<u32>,
    /// For each list the region of each passage, or [`NOWHERE`].
    lists: Vec<(u32, Vec<u16>)>,
}

const NOWHERE: u16 = u16::MAX;

/// Which groups there will be.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Layout {
    passages: u32,
    length: u64,
    /// The region of each group: one with very many passages has several.
    groups: Vec<u16>,
    /// Rows that don't count, ascending, each less the one before.
    dead: Vec<u32>,
}

/// Passages of an old list that go into a group, by their places.
#[derive(Debug, Serialize, Deserialize)]
struct Source {
    tier: u32,
    list: u32,
    places: Vec<u8>,
}

impl Context<'_> {
    /// Does a step of a merge.
    pub(crate) fn step(
        &self,
        stage: Stage,
        step: u32,
        written: &mut Written<'_>,
    ) -> Result<Result<Outcome, Gone>, Error> {
        match stage {
            Stage::Plan => plan::step(self, written),
            Stage::Route => route::step(self, step, written),
            Stage::Invert => invert::step(self, written),
            Stage::Gather => gather::step(self, step, written),
            Stage::Postings => words::step(self, step, written),
            Stage::Finish => self.finish(written),
        }
    }

    /// Writes the head.
    fn finish(&self, written: &mut Written<'_>) -> Result<Result<Outcome, Gone>, Error> {
        let number = self.merge.number;
        let Some(layout) = self.layout()? else { return Ok(Err(Gone)) };
        if layout.groups.is_empty() {
            return Ok(Ok(Outcome::default()));
        }
        let key = self.keys.plan(number);
        let Some(plan) = self.store.get(&key)? else { return Ok(Err(Gone)) };
        let (Plan { firsts, .. }, centres) = Centres::decode(&key, &plan)?;
        let regions: Vec<_> = centres.iter().skip(firsts.len()).collect();
        let mut centroids = Centroids::default();
        for &region in &layout.groups {
            if let Some(&centre) = regions.get(usize::from(region)) {
                centroids.extend(centre);
            }
        }
        let ranges: Vec<_> = (0..self.merge.ranges).map(|range| self.keys.range(number, range)).collect();
        let mut blocks = Blocks::new();
        for (key, value) in ranges.iter().zip(get_all(self.store, &ranges)?) {
            let Some(value) = value else { return Ok(Err(Gone)) };
            blocks.extend(codec::decode::<Blocks>(key, &value)?);
        }
        written.push(self.keys.tier(number), centroids.encode(&blocks)?)?;
        written.flush()?;
        let tier = Tier { number, passages: layout.passages, length: layout.length };
        Ok(Ok(Outcome { tier: Some(tier), ..Outcome::default() }))
    }

    fn layout(&self) -> Result<Option<Layout>, Error> {
        let key = self.keys.layout(self.merge.number);
        self.store.get(&key)?.map(|bytes| codec::decode(&key, &bytes)).transpose()
    }
}

/// Keys of a merge's notes that are deleted at once.
const NOTES_AT_ONCE: u32 = 512;

/// Does one step of deleting a merge's notes; whether that was the last.
pub(crate) fn remove_notes_step(
    store: &dyn Store,
    keys: &Keys,
    merge: &Merge,
    step: u32,
) -> Result<bool, Error> {
    let Merge { number, units, groups, ranges, .. } = *merge;
    let all = units + groups + ranges + 2;
    let key = |at: u32| match at {
        at if at < units => keys.route(number, at),
        at if at < units + groups => keys.part(number, at - units),
        at if at < units + groups + ranges => keys.range(number, at - units - groups),
        at if at + 2 == all => keys.layout(number),
        _ => keys.plan(number),
    };
    let first = step * NOTES_AT_ONCE;
    let end = all.min(first.saturating_add(NOTES_AT_ONCE));
    delete_all(store, &(first..end).map(key).collect::<Vec<_>>())?;
    Ok(end >= all)
}

/// Deletes what a merge that nobody will finish has left: of a collection that is being deleted.
pub(crate) fn remove(store: &dyn Store, keys: &Keys, merge: &Merge) -> Result<(), Error> {
    let number = merge.number;
    // A step that was not said to be done may have written more than the manifest knows of.
    let (plan_key, layout_key) = (keys.plan(number), keys.layout(number));
    let (mut merge, notes) = (merge.clone(), get_all(store, &[plan_key.clone(), layout_key.clone()])?);
    let mut notes = notes.into_iter();
    if let Some(Some(plan)) = notes.next() {
        let (Plan { units, ranges, .. }, _) = Centres::decode(&plan_key, &plan)?;
        (merge.units, merge.ranges) = (units.len() as u32, ranges.len() as u32);
    }
    if let Some(Some(layout)) = notes.next() {
        merge.groups = codec::decode::<Layout>(&layout_key, &layout)?.groups.len() as u32;
    }
    for first in (0..merge.groups).step_by(16) {
        remove_groups(store, keys, number, first..merge.groups.min(first + 16))?;
    }
    for range in 0..merge.ranges {
        let key = keys.range(number, range);
        let Some(value) = store.get(&key)? else { continue };
        let blocks: Blocks = codec::decode(&key, &value)?;
        delete_all(
            store,
            &blocks.iter().map(|&(_, block)| keys.postings(number, block)).collect::<Vec<_>>(),
        )?;
    }
    delete_all(store, &[keys.tier(number)])?;
    let mut step = 0;
    while !remove_notes_step(store, keys, &merge, step)? {
        step += 1;
    }
    Ok(())
}
