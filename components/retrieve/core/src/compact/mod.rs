//! Compaction: closed segments become small tiers, and tiers become larger ones, without a lock, without standing in a writer's way, and in steps that a write
//! does after its own work.
//!
//! - A **flush** is one step: it seals some segments (nothing is appended to them or taken out of them any more), writes a tier that nobody sees, and swaps it for
//!   them in the manifest, provided that nobody has begun another one since.
//! - A **merge** is many: the manifest says at which it is, whoever comes by does the next, and the last one swaps. See [`crate::tier::merge`].
//! - What nobody needs any more is noted in the manifest with the same swap, and deleted some keys a step.
//!
//! Whoever dies in a step leaves one that somebody else does again; whoever is slow finds that out when it is done, and deletes what it wrote if nobody needs it.
//! A run whose document has changed since its writer began is left out, since it can never count; one that may yet be committed is kept.
//!
//! A merge takes each tier that is at most four times as large as the smaller ones together. So of n passages there are some log₅ (n / [`FLUSH`]) tiers, and a few
//! while they are merged; a passage is written two to three times as often.

mod flush;
mod step;

use std::collections::{BTreeMap, HashSet};

use crate::directory::{self, shard_of};
use crate::manifest::{self, Leftover, Live, Merge, Place, Stage, Tier};
use crate::segment::Run;
use crate::{Error, Retrieve, names, tier, totals};

/// Passages in closed segments from which they are made into a tier. Below it a search is an exact scan: 2 MB at 384 dimensions.
pub(crate) const DUE: u32 = 2048;

/// Passages that a flush takes, until the next segment would make them more.
const FLUSH: u32 = 2560;

/// Tiers are left alone until there are so many.
const TIERS: usize = 4;

/// A merge takes a tier that is at most so many times as large as the smaller ones together. The more, the fewer passages are in small tiers, in whose lists unrelated
/// ones stand together, and the more often each is written.
const TIMES: u32 = 4;

/// Passages written for which a write does a step more. Each passage is merged some nine times in a collection of a million, in steps of a thousand and more, three for each
/// merge: this does four times as much.
const PASSAGES_A_STEP: u32 = 128;

/// How often a forced compaction tries to flush while others do.
const ATTEMPTS: usize = 64;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Done,
    /// All that is to be done, somebody else is at.
    Waiting,
    Nothing,
}

impl Retrieve<'_> {
    /// Compacts a collection whether or not it is time to: afterwards all that was in it when this was called is in one tier. Searches find the same, within
    /// the approximation of an inverted file. Whether there was anything.
    ///
    /// # Errors
    /// No such collection; other compactions were faster too often; the store failed, in which case all is as it was.
    pub fn compact(&self, tenant: &str, collection: &str) -> Result<bool, Error> {
        names::collection(tenant, collection)?;
        let live = manifest::live(self.store, tenant, collection)?;
        let place = &Place::new(tenant, collection, live.incarnation);
        if live.segments == 0 {
            return Ok(false);
        }
        let mut attempts = 0;
        while place.check(self.store)?.scanned().any(|number| number < live.segments) {
            if !self.flush(place, |_| true, Some(live.segments))? {
                attempts += 1;
                if attempts == ATTEMPTS {
                    return Err(Error::Conflict(format!("the index of {collection:?}")));
                }
            }
        }
        self.clear_spent(place, &place.check(self.store)?.spent)?;
        while !place.check(self.store)?.merges.is_empty() {
            self.step(place)?;
        }
        let number = place.edit(self.store, |live| {
            let tiers: Vec<Tier> = live.free().copied().collect();
            let number = live.next_tier;
            let begins = !tiers.is_empty();
            if begins {
                begin_merge(live, tiers);
            }
            (begins.then_some(number), begins)
        })?;
        while place.check(self.store)?.merges.iter().any(|merge| Some(merge.number) == number) {
            self.step(place)?;
        }
        while !place.check(self.store)?.leftovers.is_empty() {
            self.step(place)?;
        }
        Ok(true)
    }

    /// Does what is due, as much as befits a write of so many passages: a step, and one more for each [`PASSAGES_A_STEP`].
    pub(crate) fn keep_up(&self, place: &Place, live: &Live, passages: u32) -> Result<(), Error> {
        let mut idle = is_idle(live);
        for _ in 0..=passages / PASSAGES_A_STEP {
            if idle || self.step(place)? != Progress::Done {
                break;
            }
            idle = is_idle(&place.check(self.store)?);
        }
        Ok(())
    }

    /// Merges all tiers if less than half of what is in them still counts; does a step of what is due.
    pub(crate) fn compact_if_sparse(&self, place: &Place) -> Result<(), Error> {
        let live = place.check(self.store)?;
        if !live.tiers.is_empty() && live.merges.is_empty() {
            let key = place.keys.totals();
            let counting = totals::of(&key, self.store.get(&key)?.as_deref())?.passages;
            let sparse = |live: &Live| live.compacted() > counting.saturating_mul(2).saturating_add(live.due);
            if sparse(&live) {
                place.edit(self.store, |live| {
                    let begins = sparse(live) && live.merges.is_empty();
                    if begins {
                        begin_merge(live, live.tiers.clone());
                    }
                    ((), begins)
                })?;
            }
        }
        self.keep_up(place, &place.check(self.store)?, 0)
    }

    fn step(&self, place: &Place) -> Result<Progress, Error> {
        let live = place.check(self.store)?;
        if live.waiting() >= live.due {
            self.flush(place, |live| live.waiting() >= live.due, None)?;
            return Ok(Progress::Done);
        }
        match place.edit(self.store, step::claim)? {
            step::Claim::Remove(leftover, step) => {
                self.remove_leftover_step(place, &leftover, step)?;
                Ok(Progress::Done)
            }
            step::Claim::Merge(merge, step) => {
                self.merge_step(place, live.dimension as usize, &merge, step)?;
                Ok(Progress::Done)
            }
            step::Claim::Waiting => Ok(Progress::Waiting),
            step::Claim::Nothing => Ok(Progress::Nothing),
        }
    }

    /// Generations that can't count any more.
    fn dead<'r>(&self, place: &Place, runs: impl Iterator<Item = &'r Run>) -> Result<HashSet<u64>, Error> {
        let mut shards: BTreeMap<u8, Vec<&Run>> = BTreeMap::new();
        for run in runs {
            shards.entry(shard_of(&run.document)).or_default().push(run);
        }
        let mut dead = HashSet::new();
        for (shard, runs) in shards {
            let shard = directory::read(self.store, &place.keys, shard)?;
            let gone = runs.iter().filter(|run| shard.is_dead(&run.document, run.generation, run.based_on));
            dead.extend(gone.map(|run| run.generation));
        }
        Ok(dead)
    }

    pub(crate) fn remove_leftover(&self, place: &Place, leftover: &Leftover) -> Result<(), Error> {
        let mut step = 0;
        while !self.remove_some(place, leftover, step)? {
            step += 1;
        }
        Ok(())
    }

    /// Whether all of it is deleted by that step.
    fn remove_some(&self, place: &Place, leftover: &Leftover, step: u32) -> Result<bool, Error> {
        match leftover {
            Leftover::Tier(number) => tier::remove_step(self.store, &place.keys, *number, step),
            Leftover::Rows(rows) => {
                tier::rows::remove(self.store, &place.keys, rows.clone(), false)?;
                Ok(true)
            }
            Leftover::Notes(merge) => tier::merge::remove_notes_step(self.store, &place.keys, merge, step),
        }
    }
}

/// Whether a write has nothing to do for the index.
fn is_idle(live: &Live) -> bool {
    live.waiting() < live.due
        && live.merges.is_empty()
        && live.leftovers.is_empty()
        && mergeable(live).is_empty()
}

/// Tiers to merge, if it is time to.
fn mergeable(live: &Live) -> Vec<Tier> {
    let mut free: Vec<Tier> = live.free().copied().collect();
    if free.len() < TIERS {
        return Vec::new();
    }
    free.sort_by_key(|tier| (tier.passages, tier.number));
    let mut sum = 0_u32;
    let taken = free
        .iter()
        .take_while(|tier| {
            let takes = sum == 0 || tier.passages <= sum.saturating_mul(TIMES);
            sum = sum.saturating_add(tier.passages);
            takes
        })
        .count();
    free.truncate(if taken < 2 { 0 } else { taken });
    free
}

fn begin_merge(live: &mut Live, tiers: Vec<Tier>) {
    let number = live.next_tier;
    live.next_tier += 1;
    live.merges.push(Merge {
        number,
        passages: tiers.iter().fold(0, |sum, tier| sum.saturating_add(tier.passages)),
        tiers,
        stage: Stage::Plan,
        units: 0,
        groups: 0,
        ranges: 0,
        begun: 0,
        open: Vec::new(),
    });
}
