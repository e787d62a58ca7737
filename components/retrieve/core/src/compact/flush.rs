//! Segments to a small tier.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{DUE, FLUSH};
use crate::filter::Field;
use crate::lexical::bm25::Corpus;
use crate::lexical::{length, lexicon};
use crate::manifest::{Flush, Leftover, Live, Place, Tier};
use crate::segment::{Moved, Segment};
use crate::store::{Change, delete_all, update};
use crate::tier::build::{Passages, Written};
use crate::tier::postings::{self, Posting};
use crate::tier::regions::{self, Regions};
use crate::tier::rows::CHUNK;
use crate::tier::{Blocks, Centres, Centroids};
use crate::{Error, Retrieve, codec};

/// What goes into a flush.
struct Job {
    flush: Flush,
    segments: Vec<u32>,
    spent: Vec<u32>,
}

/// A tier, or that another flush has begun meanwhile.
enum Built {
    Tier(Option<Tier>, Vec<Moved>),
    Late,
}

impl Retrieve<'_> {
    /// Makes some closed segments into a tier; with `below` also open ones with a lower number. Whether it was done: another one may have been faster.
    pub(crate) fn flush(
        &self,
        place: &Place,
        due: impl Fn(&Live) -> bool,
        below: Option<u32>,
    ) -> Result<bool, Error> {
        let reserved = place.edit(self.store, |live| {
            let job = if due(live) { reserve(live, below) } else { None };
            let reserved = job.map(|job| (job, live.dimension as usize));
            let changed = reserved.is_some();
            (reserved, changed)
        })?;
        let Some((job, dimension)) = reserved else { return Ok(false) };
        self.clear_spent(place, &job.spent)?;
        let mut written = Written::new(self.store);
        let built = self.write_tier(place, &job, dimension, &mut written);
        let swapped = built.and_then(|built| match built {
            Built::Tier(tier, moved) => place.edit(self.store, |live| {
                let swaps = swap(live, &job, tier);
                (swaps.then(|| moved.clone()), swaps)
            }),
            Built::Late => Ok(None),
        });
        match swapped {
            Ok(Some(moved)) => {
                self.clear(place, &job.segments, &moved)?;
                Ok(true)
            }
            Ok(None) => {
                written.delete(|_| true)?;
                Ok(false)
            }
            Err(error) => {
                if matches!(error, Error::UnknownCollection(_)) {
                    written.delete(|_| true)?;
                    // Sealing may have begun some of them anew.
                    self.discard_segments(place, &job.segments)?;
                }
                Err(error)
            }
        }
    }

    /// Seals the segments and writes the tier; none if nothing in them counts.
    fn write_tier(
        &self,
        place: &Place,
        job: &Job,
        dimension: usize,
        written: &mut Written<'_>,
    ) -> Result<Built, Error> {
        let (number, keys) = (job.flush.number, &place.keys);
        let mut sealed = Vec::with_capacity(job.segments.len());
        for &segment in &job.segments {
            let key = keys.segment(segment);
            let bytes = update(self.store, &key, |current| {
                let segment = Segment::read(&key, current)?;
                match current {
                    Some(bytes) if segment.is_sealed() => Ok(Change::Keep(bytes.to_vec())),
                    // Also where nothing is yet: somebody may be about to begin it.
                    _ => segment.sealed(dimension).map(|bytes| Change::Write(bytes.clone(), bytes)),
                }
            })?;
            sealed.push((key, bytes));
        }
        let segments: Vec<Segment<'_>> =
            sealed.iter().map(|(key, bytes)| Segment::read(key, Some(bytes))).collect::<Result<_, _>>()?;
        let runs = || segments.iter().flat_map(Segment::runs);
        let dead = self.dead(place, runs().map(|(run, _)| run))?;
        // Nobody will come across them again.
        let mut records: Vec<_> = runs()
            .filter(|(run, _)| dead.contains(&run.generation))
            .flat_map(|(run, _)| keys.generation(run.generation, run.parts))
            .collect();
        records.sort_unstable();
        records.dedup();
        delete_all(self.store, &records)?;

        let counting = || runs().filter(|(run, _)| run.count > 0 && !dead.contains(&run.generation));
        let count = counting().map(|(run, _)| run.count).sum::<u32>();
        let Some(first_row) = place.edit(self.store, |live| give_rows(live, number, count))? else {
            return Ok(Built::Late);
        };
        let mut passages = Passages::new(dimension);
        let mut terms: BTreeMap<u32, Vec<Posting>> = BTreeMap::new();
        let mut moved = Vec::new();
        let mut tier = Tier { number, passages: 0, length: 0 };
        for (run, numbers) in counting() {
            let shared = Rc::new(run.clone());
            let row = first_row + tier.passages;
            moved.push(Moved { generation: run.generation, row, count: run.count });
            let mut fields: Vec<u32> = run.fields.iter().map(Field::term).collect();
            fields.sort_unstable();
            fields.dedup();
            let mut entries = lexicon::entries(numbers.lexicon);
            for at in 0..run.count as usize {
                let row = first_row + tier.passages;
                let entry = entries.next();
                let Some(one) = numbers.at(at, dimension) else { continue };
                let length = one.lengths.first().copied().unwrap_or_default();
                tier.passages += 1;
                tier.length += u64::from(length::decode(length));
                passages.push(&shared, run.first + at as u32, row, one);
                for hash in &fields {
                    terms.entry(*hash).or_default().push((row, 1, length));
                }
                for (hash, count) in entry.iter().flat_map(lexicon::Entry::terms) {
                    terms.entry(hash).or_default().push((row, count, length));
                }
            }
        }
        if tier.passages == 0 {
            return Ok(Built::Tier(None, moved));
        }
        self.write_values(place, &tier, (&passages, terms), first_row, written)?;
        Ok(Built::Tier(Some(tier), moved))
    }

    fn write_values(
        &self,
        place: &Place,
        tier: &Tier,
        (passages, terms): (&Passages, BTreeMap<u32, Vec<Posting>>),
        first_row: u32,
        written: &mut Written<'_>,
    ) -> Result<(), Error> {
        let (keys, number) = (&place.keys, tier.number);
        let corpus = Corpus { passages: u64::from(tier.passages), length: tier.length };
        let mut blocks = postings::Blocks::new(&corpus);
        for (hash, postings) in terms {
            blocks.push(hash, postings.len() as u32, postings);
        }
        let blocks = blocks.finish();
        let index: Blocks = blocks.iter().zip(0..).map(|(&(first, _), block)| (first, block)).collect();

        let found = regions::find(passages.points(), tier.passages);
        let bytes = found.centroids.encode(&())?;
        let ((), centres) = Centres::decode("", &bytes)?;
        let regions = Regions::new(found.firsts.clone(), &centres);
        let mut groups: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for at in 0..passages.len() as u32 {
            let (scale, vector) = passages.points().at(at);
            groups.entry(regions.nearest(scale, vector)).or_default().push(at);
        }
        let centres: Vec<_> = centres.iter().skip(found.firsts.len()).collect();
        let mut centroids = Centroids::default();
        for &region in groups.keys() {
            if let Some(&centre) = centres.get(usize::from(region)) {
                centroids.extend(centre);
            }
        }
        // First what says what there is to delete.
        written.push(keys.tier(number), centroids.encode(&index)?)?;
        written.flush()?;
        for (group, members) in (0..).zip(groups.values()) {
            passages.write_group(written, keys, (number, group), members)?;
        }
        for (block, (_, bytes)) in (0..).zip(&blocks) {
            written.push(keys.postings(number, block), codec::frame(bytes))?;
        }
        let chunks = (0..passages.len()).step_by(CHUNK as usize);
        for (chunk, first) in (first_row / CHUNK..).zip(chunks) {
            let members = first..passages.len().min(first + CHUNK as usize);
            written.push(keys.rows(chunk), passages.segment_of(members)?)?;
        }
        written.flush()
    }

    /// Empties segments whose passages are in a tier, and notes there where these have gone. Their keys stay, so that no slow writer begins them anew.
    fn clear(&self, place: &Place, segments: &[u32], moved: &[Moved]) -> Result<(), Error> {
        if segments.is_empty() {
            return Ok(());
        }
        for &number in segments {
            let key = place.keys.segment(number);
            update(self.store, &key, |current| match current {
                Some(bytes) => {
                    let segment = Segment::read(&key, Some(bytes))?;
                    let in_it =
                        |moved: &&Moved| segment.runs().any(|(run, _)| run.generation == moved.generation);
                    let own: Vec<Moved> = moved.iter().filter(in_it).copied().collect();
                    Ok(Change::Write(Segment::tombstone(&own)?, ()))
                }
                None => Ok(Change::Keep(())),
            })?;
        }
        place.edit(self.store, |live| {
            live.spent.retain(|number| !segments.contains(number));
            ((), true)
        })
    }

    /// Empties segments that somebody else should have.
    pub(super) fn clear_spent(&self, place: &Place, segments: &[u32]) -> Result<(), Error> {
        self.clear(place, segments, &[])
    }
}

/// Takes a number and segments; `None` if there is nothing to take.
fn reserve(live: &mut Live, below: Option<u32>) -> Option<Job> {
    let mut segments = Vec::new();
    let mut sum = 0;
    for &(number, passages) in &live.closed {
        if sum > 0 && sum + passages > FLUSH {
            break;
        }
        segments.push(number);
        sum += passages;
    }
    if let Some(below) = below.filter(|_| segments.len() == live.closed.len()) {
        segments.extend(live.open.iter().filter(|&&number| number < below));
    }
    if segments.is_empty() {
        return None;
    }
    let flush = Flush { number: live.next_tier, rows: live.next_row..live.next_row };
    live.next_tier += 1;
    if let Some(Flush { number, rows }) = live.flush.replace(flush.clone()) {
        live.leftovers.extend([(Leftover::Tier(number), 0), (Leftover::Rows(rows), 0)]);
    }
    // Time for this one to end before the next begins.
    live.due = live.waiting().saturating_add(DUE);
    Some(Job { flush, segments, spent: live.spent.clone() })
}

/// The first of so many rows; `None` if another flush has begun since, or there are no more rows.
fn give_rows(live: &mut Live, number: u32, count: u32) -> (Option<u32>, bool) {
    let first = live.next_row;
    let end = count.checked_next_multiple_of(CHUNK).and_then(|count| first.checked_add(count));
    let (Some(end), Some(flush)) = (end, live.flush.as_mut().filter(|flush| flush.number == number)) else {
        return (None, false);
    };
    flush.rows = first..end;
    live.next_row = end;
    (Some(first), true)
}

/// Puts the tier in the place of what went into it, unless another flush has begun since.
fn swap(live: &mut Live, job: &Job, tier: Option<Tier>) -> bool {
    if live.flush.as_ref().is_none_or(|flush| flush.number != job.flush.number) {
        return false;
    }
    let known = |number: &u32| live.scanned().any(|scanned| scanned == *number);
    if !job.segments.iter().all(known) {
        return false;
    }
    live.closed.retain(|(number, _)| !job.segments.contains(number));
    live.open.retain(|number| !job.segments.contains(number));
    live.tiers.extend(tier);
    live.spent.extend(&job.segments);
    live.flush = None;
    live.due = DUE;
    true
}
