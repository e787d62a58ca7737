//! Compaction: closed segments and small tiers become one tier, without a lock and without standing in a writer's way.
//!
//! A compaction reserves a number, seals the segments it takes (nothing is appended to them or taken out of them any more), writes a tier that nobody
//! sees, and then swaps it for what went into it, in the manifest, provided that nobody has reserved a number since. Whoever dies before that leaves a tier
//! that the next one deletes; whoever dies after it leaves sealed segments that the manifest lists as spent, which the next one empties. A run whose
//! document has changed since its writer began is left out, since it can never count; one that may yet be committed is kept.
//!
//! Tiers double: a compaction takes each tier that is at most twice as large as what it has so far. So of n passages there are at most log₂ (n / [`DUE`]) tiers below
//! [`LARGEST`], and a passage is written as often.

use std::collections::{BTreeMap, HashSet};

use crate::directory::{self, shard_of};
use crate::manifest::{self, Live, Place, Tier};
use crate::segment::{Run, Segment};
use crate::store::{Change, delete_all, update};
use crate::tier::{self, build::Rows};
use crate::{Error, Retrieve, codec, names, totals};

/// Passages in closed segments from which they are compacted. Below it a search is an exact scan: 4 MB at 384 dimensions, a few milliseconds.
pub(crate) const DUE: u32 = 4096;

/// No compaction makes a larger tier: what it holds in memory is some 2 kB a passage.
const LARGEST: u32 = 131_072;

/// What goes into a compaction.
struct Job {
    number: u32,
    segments: Vec<u32>,
    tiers: Vec<Tier>,
    spent: Vec<u32>,
    /// Tiers that count now; others are leftovers.
    live_tiers: Vec<u32>,
}

/// What a compaction has written.
struct Built {
    tier: Option<(Tier, tier::Head)>,
    /// Keys of records that nobody needs any more.
    dead: Vec<String>,
}

impl Retrieve<'_> {
    /// Compacts a collection whether or not it is time to. Searches find the same afterwards, within the approximation of an inverted file. Whether it was done:
    /// another one may have been faster.
    ///
    /// # Errors
    /// No such collection; the store failed, in which case all is as it was.
    pub fn compact(&self, tenant: &str, collection: &str) -> Result<bool, Error> {
        names::collection(tenant, collection)?;
        let live = manifest::live(self.store, tenant, collection)?;
        self.run(&Place::new(tenant, collection, live.incarnation), live.dimension, |live| {
            live.segments > 0 || !live.tiers.is_empty()
        })
    }

    /// Compacts if it is time to.
    pub(crate) fn compact_if_due(&self, place: &Place, live: &Live) -> Result<(), Error> {
        if live.waiting() >= live.due {
            self.run(place, live.dimension, |live| live.waiting() >= live.due)?;
        }
        Ok(())
    }

    /// Compacts all if less than half of what is in tiers still counts.
    pub(crate) fn compact_if_sparse(&self, place: &Place) -> Result<(), Error> {
        let live = place.check(self.store)?;
        if live.tiers.is_empty() {
            return Ok(());
        }
        let key = place.keys.totals();
        let counting = totals::of(&key, self.store.get(&key)?.as_deref())?.passages;
        let sparse = |live: &Live| live.compacted() > counting.saturating_mul(2).saturating_add(live.due);
        if sparse(&live) {
            self.run(place, live.dimension, sparse)?;
        }
        Ok(())
    }

    fn run(&self, place: &Place, dimension: u32, due: impl Fn(&Live) -> bool) -> Result<bool, Error> {
        let Some(job) = self.reserve(place, due)? else { return Ok(false) };
        for number in (0..job.number).filter(|number| !job.live_tiers.contains(number)) {
            tier::purge(self.store, &place.keys, number, false)?;
        }
        self.clear(place, &job.spent)?;
        let built = self.build(place, &job, dimension as usize)?;
        let swapped = self.swap(place, &job, built.tier.as_ref().map(|(tier, _)| *tier));
        if !matches!(swapped, Ok(true)) {
            if let Some((_, head)) = &built.tier {
                tier::remove(self.store, &place.keys, job.number, head, false)?;
            }
            if let Err(Error::UnknownCollection(_)) = swapped {
                // Sealing may have begun some of them anew.
                self.discard_segments(place, &job.segments)?;
            }
            return swapped;
        }
        self.clear(place, &job.segments)?;
        for tier in &job.tiers {
            tier::purge(self.store, &place.keys, tier.number, false)?;
        }
        delete_all(self.store, &built.dead)?;
        Ok(true)
    }

    /// Takes a number, and says what is to go into the tier; `None` if nothing is to be done.
    fn reserve(&self, place: &Place, due: impl Fn(&Live) -> bool) -> Result<Option<Job>, Error> {
        place.edit(self.store, |live| {
            if !due(live) {
                return (None, false);
            }
            let forced = live.waiting() < live.due;
            let mut segments: Vec<u32> = live.closed.iter().map(|&(number, _)| number).collect();
            if forced {
                segments.extend(&live.open);
            }
            let mut tiers = live.tiers.clone();
            tiers.sort_by_key(|tier| tier.passages);
            let mut sum = live.waiting();
            tiers.retain(|tier| {
                let takes =
                    (forced || tier.passages <= sum.saturating_mul(2)) && sum + tier.passages <= LARGEST;
                sum += if takes { tier.passages } else { 0 };
                takes
            });
            let number = live.next_tier;
            live.next_tier += 1;
            live.due = live.due.max(live.waiting()).saturating_mul(2);
            let live_tiers = live.tiers.iter().map(|tier| tier.number).collect();
            (Some(Job { number, segments, tiers, spent: live.spent.clone(), live_tiers }), true)
        })
    }

    /// Seals the segments and writes the tier.
    fn build(&self, place: &Place, job: &Job, dimension: usize) -> Result<Built, Error> {
        let mut rows = Rows::new(dimension);
        let mut sealed = Vec::with_capacity(job.segments.len());
        for &number in &job.segments {
            let key = place.keys.segment(number);
            sealed.push(update(self.store, &key, |current| {
                let segment = Segment::read(&key, current)?;
                match current {
                    Some(bytes) if segment.is_sealed() => Ok(Change::Keep(bytes.to_vec())),
                    // Also where nothing is yet: somebody may be about to begin it.
                    _ => segment.sealed(dimension).map(|bytes| Change::Write(bytes.clone(), bytes)),
                }
            })?);
        }
        let dead = self.dead(place, job, &sealed)?;
        let mut records = Vec::new();
        let mut keep = |run: &Run| {
            let dies = dead.contains(&run.generation);
            if dies {
                records.extend(place.keys.generation(run.generation, run.parts));
            }
            !dies
        };
        for (number, bytes) in job.segments.iter().zip(&sealed) {
            let segment = Segment::read(&place.keys.segment(*number), Some(bytes))?;
            for (run, numbers) in segment.runs().filter(|(run, _)| run.count > 0) {
                if keep(run) {
                    rows.push(run, numbers, numbers.lexicon);
                }
            }
        }
        for tier in &job.tiers {
            self.lists(place, tier.number, |run, numbers, terms| {
                if keep(run) {
                    rows.push(run, numbers, terms);
                }
            })?;
        }
        records.sort_unstable();
        records.dedup();
        let tier =
            if rows.is_empty() { None } else { Some(rows.write(self.store, &place.keys, job.number)?) };
        Ok(Built { tier, dead: records })
    }

    /// Generations that can't count any more.
    fn dead(&self, place: &Place, job: &Job, sealed: &[Vec<u8>]) -> Result<HashSet<u64>, Error> {
        let mut shards: BTreeMap<u8, Vec<(String, u64, u64)>> = BTreeMap::new();
        let mut note = |run: &Run| {
            let attempt = (run.document.clone(), run.generation, run.based_on);
            shards.entry(shard_of(&run.document)).or_default().push(attempt);
        };
        for (number, bytes) in job.segments.iter().zip(sealed) {
            Segment::read(&place.keys.segment(*number), Some(bytes))?.runs().for_each(|(run, _)| note(run));
        }
        for tier in &job.tiers {
            self.lists(place, tier.number, |run, _, _| note(run))?;
        }
        let mut dead = HashSet::new();
        for (shard, attempts) in shards {
            let shard = directory::read(self.store, &place.keys, shard)?;
            let gone = attempts
                .into_iter()
                .filter(|(id, generation, based_on)| shard.is_dead(id, *generation, *based_on));
            dead.extend(gone.map(|(_, generation, _)| generation));
        }
        Ok(dead)
    }

    /// Every run of a tier, with its terms.
    fn lists(
        &self,
        place: &Place,
        number: u32,
        mut each: impl FnMut(&Run, crate::segment::Numbers<'_>, &[u8]),
    ) -> Result<(), Error> {
        let gone = || Error::Conflict(format!("the index of {:?}", place.name));
        let head = tier::head(self.store, &place.keys, number)?.ok_or_else(gone)?;
        for list in 0..head.lists {
            let keys = [place.keys.list(number, list), place.keys.terms(number, list)];
            let mut values = self.store.get_many(&keys)?.into_iter();
            let [list_key, terms_key] = &keys;
            let (Some(Some(list)), Some(Some(terms))) = (values.next(), values.next()) else {
                return Err(gone());
            };
            let segment = Segment::read(list_key, Some(&list))?;
            let mut terms = codec::unframe(terms_key, &terms)?;
            for (run, numbers) in segment.runs() {
                let size: usize = crate::lexical::lexicon::entries(terms)
                    .take(run.count as usize)
                    .map(|entry| entry.size())
                    .sum();
                let (own, rest) = terms.split_at_checked(size).unwrap_or((terms, &[]));
                terms = rest;
                each(run, numbers, own);
            }
        }
        Ok(())
    }

    /// Puts the tier in the place of what went into it, unless another compaction has begun since.
    fn swap(&self, place: &Place, job: &Job, tier: Option<Tier>) -> Result<bool, Error> {
        place.edit(self.store, |live| {
            let known = |number: &u32| live.scanned().any(|scanned| scanned == *number);
            let last = live.next_tier == job.number + 1;
            if !last
                || !job.segments.iter().all(known)
                || !job.tiers.iter().all(|tier| live.tiers.contains(tier))
            {
                return (false, false);
            }
            live.closed.retain(|(number, _)| !job.segments.contains(number));
            live.open.retain(|number| !job.segments.contains(number));
            live.tiers.retain(|tier| !job.tiers.contains(tier));
            live.tiers.extend(tier);
            live.spent.extend(&job.segments);
            live.due = DUE;
            (true, true)
        })
    }

    /// Empties segments whose passages are in a tier. Their keys stay, so that no slow writer begins them anew.
    fn clear(&self, place: &Place, segments: &[u32]) -> Result<(), Error> {
        if segments.is_empty() {
            return Ok(());
        }
        for &number in segments {
            let key = place.keys.segment(number);
            update(self.store, &key, |current| match current {
                Some(_) => Ok(Change::Write(Segment::tombstone()?, ())),
                None => Ok(Change::Keep(())),
            })?;
        }
        place.edit(self.store, |live| {
            live.spent.retain(|number| !segments.contains(number));
            ((), true)
        })
    }
}
