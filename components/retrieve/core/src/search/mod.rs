//! Search: segments scanned and tiers probed, the best of them fused, then their documents.
//!
//! What is read is read without a lock, so some of what is found no longer counts, and a document that was replaced meanwhile may
//! not be found by its new passages. `resolve` asks the directory about every candidate before it is returned, and fetches what was written
//! under the search, so that it sees each document either as it was or as it is. Then `rerank` reads the best as far as the deadline allows, `calibrate` says how
//! probable it is that they answer, and `select` chooses among them.
//!
//! # How many keys are read
//! Manifest and totals, two or three times each. Segments that are not compacted: some 16, and those with room. Of each tier its head, and a block for each of at most
//! 32 words. Of all tiers together the nearest groups, 48 and 12 more for each tier after the first; of their lists the nearest, as many; and at most 64
//! chunks of rows for passages found by words alone. For each passage that is wanted, or 50 if they are to be reranked, a shard of the directory, a head and a
//! part. There are some log₅ (n / 2560) tiers, and a few while they are merged. They are read in a dozen calls, whatever their number. `gusset-quality scale` counts.
//!
//! # Filters
//! Values of metadata have postings like words. Where a condition names values that few passages have, exactly those are read, up to 512 chunks of rows, and the
//! search is exact. Where they are more, up to six times as many lists are read, by the share of passages that have one. A condition on numbers has no postings: if
//! what is near leaves too few, the search begins again with four times as much, until it has enough or has read all.

mod calibrate;
mod candidate;
mod gather;
mod hit;
mod hits;
mod hosted;
mod query;
mod rerank;
mod resolve;
mod section;
mod select;

use std::collections::BTreeMap;

use gusset_chunk::Options;

use crate::filter::Filter;
use crate::manifest::{self, Live, Place};
use crate::segment::Segment;
use crate::tier::probe::Width;
use crate::{Error, Purpose, Retrieve, names, quantise, totals};
use gather::{Gathered, Sought};
pub use hit::{Degraded, Found, Hit, Note};
pub(crate) use hosted::Begun;
pub use query::{Mode, Query, Rerank};
use rerank::{Progress, Reread};
use resolve::Resolved;
use section::Sections;

/// Segments read at once: at most 3.6 MB at 384 dimensions.
const SEGMENTS_AT_ONCE: usize = 8;

/// Passages that the first stage hands on, at least. Relevant passages beyond the 50th are rare: on scifact, cranfield and squad-dev reranking 100 changes
/// nDCG@10 by less than its interval.
const WIDE: u32 = 50;

/// How often a search starts over because documents or the index changed under it.
const ATTEMPTS: usize = 8;

/// A search, step by step.
pub struct Search<'a> {
    retrieve: Retrieve<'a>,
    live: Live,
    place: Place,
    query: Query,
    sought: Sought,
    /// When it began, by the clock of the reranker.
    started_ms: u64,
    /// Passages that are wanted.
    wanted: usize,
    /// Candidates that are looked at for them.
    capacity: usize,
    width: Width,
    /// How much wider than at first this attempt is.
    factor: usize,
    gathered: Gathered,
    /// What the passages that were found are parts of.
    sections: Sections,
    stage: Stage<'a>,
    /// Versions of the directory's shards from before the search read anything else.
    versions: BTreeMap<u8, u64>,
    attempts: usize,
}

enum Stage<'a> {
    /// The next segments to scan, last first.
    Segments(Vec<u32>),
    /// Postings, and which lists are near.
    Tiers,
    /// The passages in these.
    Passages,
    Resolve,
    Rerank(Box<Reread<'a>>),
}

impl<'a> Retrieve<'a> {
    /// Begins a search.
    ///
    /// # Errors
    /// No such collection, or made by another model or in another format; the query is not what it may be; the model or the store failed.
    pub fn search(&self, tenant: &str, collection: &str, query: &Query) -> Result<Search<'a>, Error> {
        names::collection(tenant, collection)?;
        query.check()?;
        let started_ms = self.reranker.map_or(0, |(_, clock)| clock.now_ms());
        let live = manifest::live(self.store, tenant, collection)?;
        let (mut search, _) = self.prepare_search((tenant, collection), live, query, started_ms)?;
        search.begin()?;
        Ok(search)
    }

    /// A search that has read nothing yet, and the query's vector.
    fn prepare_search(
        &self,
        (tenant, collection): (&str, &str),
        live: Live,
        query: &Query,
        started_ms: u64,
    ) -> Result<(Search<'a>, Vec<f32>), Error> {
        let filter = Filter::new(&query.filter)?;
        self.guard(&live.fingerprint, &live.model)?;
        let vector =
            self.embed(std::slice::from_ref(&query.text), Purpose::Query, live.dimension as usize)?;
        let sought = Sought::new(&query.text, query.mode, quantise::Query::new(&vector), filter);
        let wanted = match query {
            // Several passages may be of one section.
            _ if Options::from(live.chunking).parent_tokens > 0 => query.limit.max(WIDE),
            Query { rerank: None, diversity: None, budget_tokens: None, .. } => query.limit,
            _ => query.limit.max(WIDE),
        } as usize;
        // More than are wanted, because some may no longer count.
        let capacity = wanted * 2 + 16;
        let search = Search {
            retrieve: *self,
            place: Place::new(tenant, collection, live.incarnation),
            live,
            gathered: Gathered::new(&sought),
            sections: Sections::default(),
            query: query.clone(),
            sought,
            started_ms,
            wanted,
            capacity,
            width: Width::new(capacity),
            factor: 1,
            stage: Stage::Resolve,
            versions: BTreeMap::new(),
            attempts: 0,
        };
        Ok((search, vector))
    }
}

impl<'a> Search<'a> {
    /// Reads on, or ends the search. `Some` has the passages, best first; equal scores in the order of document and place.
    ///
    /// # Errors
    /// The collection was deleted meanwhile; the store failed; documents changed under the search too often.
    pub fn step(&mut self) -> Result<Option<Found>, Error> {
        let (store, keys) = (self.retrieve.store, &self.place.keys);
        match &mut self.stage {
            Stage::Segments(left) if left.is_empty() => {
                self.stage = Stage::Tiers;
                Ok(None)
            }
            Stage::Segments(left) => {
                let batch = left.split_off(left.len().saturating_sub(SEGMENTS_AT_ONCE));
                let segments: Vec<_> = batch.iter().map(|&number| keys.segment(number)).collect();
                for (key, value) in segments.iter().zip(store.get_many(&segments)?) {
                    let segment = Segment::read(key, value.as_deref())?;
                    if segment.is_tombstone() {
                        return self.changed();
                    }
                    self.gathered.segment(&self.sought, &segment);
                }
                Ok(None)
            }
            Stage::Tiers => {
                self.stage = Stage::Passages;
                let sought = (&self.sought, self.width);
                let read = self.gathered.tiers(store, keys, &self.live.tiers, sought)?;
                if read.is_err() { self.changed() } else { Ok(None) }
            }
            Stage::Passages => {
                self.stage = Stage::Resolve;
                let dimension = self.live.dimension as usize;
                let read = self.gathered.passages(store, keys, dimension, (&self.sought, self.factor))?;
                if read.is_err() { self.changed() } else { Ok(None) }
            }
            Stage::Resolve => match self.resolve()? {
                Resolved::Hits(hits) => self.rank(hits),
                Resolved::TooFew => {
                    self.capacity *= 4;
                    self.width = self.width.wider();
                    self.factor *= 4;
                    self.begin()?;
                    Ok(None)
                }
                Resolved::Changed => self.changed(),
            },
            Stage::Rerank(reread) => match reread.step() {
                Progress::More => Ok(None),
                Progress::Done(degraded) => {
                    let Stage::Rerank(reread) = std::mem::replace(&mut self.stage, Stage::Resolve) else {
                        return Ok(None);
                    };
                    let reranked = reread.read();
                    self.select(reread.finish(), reranked, degraded)
                }
            },
        }
    }

    /// Goes on to rerank, or to the end.
    fn rank(&mut self, mut hits: Vec<Hit>) -> Result<Option<Found>, Error> {
        if self.query.mode == Mode::Hybrid {
            for hit in &mut hits {
                hit.passage.score = hit.probability;
            }
        }
        let Some(rerank) = self.query.rerank.filter(|_| !hits.is_empty()) else {
            return self.select(hits, 0, None);
        };
        let Some(ports) = self.retrieve.reranker else {
            return self.select(hits, 0, Some(Degraded::NoReranker));
        };
        let query = self.query.text.clone();
        let reread = Reread::new(ports, query, hits, (self.started_ms, rerank.deadline_ms));
        self.stage = Stage::Rerank(Box::new(reread));
        Ok(None)
    }

    /// What is returned of ranked hits; `None` if a document changed and the search starts over.
    fn select(
        &mut self,
        hits: Vec<Hit>,
        reranked: u32,
        degraded: Option<Degraded>,
    ) -> Result<Option<Found>, Error> {
        let confidence = hits.first().map_or(0.0, |best| best.probability);
        let below_floor = !hits.is_empty() && confidence < self.query.floor;
        let note = Note { candidates: hits.len() as u32, reranked, confidence, below_floor, degraded };
        if below_floor {
            return Ok(Some(Found { hits: Vec::new(), note }));
        }
        let limit = self.query.limit as usize;
        let all = self.query.diversity.is_some() || self.query.budget_tokens.is_some();
        let Some(mut hits) = self.widened(hits, if all { usize::MAX } else { limit })? else {
            return self.changed();
        };
        if let Some(diversity) = self.query.diversity {
            hits = select::diverse(hits, limit, diversity);
        }
        hits.truncate(limit);
        if let Some(budget) = self.query.budget_tokens {
            hits = select::pack(hits, budget);
        }
        Ok(Some(Found { hits, note }))
    }

    /// All steps at once.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(mut self) -> Result<Found, Error> {
        loop {
            if let Some(found) = self.step()? {
                return Ok(found);
            }
        }
    }

    /// What was being read is gone: from the beginning, with what there is now.
    fn changed(&mut self) -> Result<Option<Found>, Error> {
        self.attempts += 1;
        if self.attempts == ATTEMPTS {
            return Err(Error::Conflict(format!("documents of {:?}", self.place.name)));
        }
        self.begin()?;
        Ok(None)
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.versions = totals::versions(self.retrieve.store, &self.place.keys)?;
        // Which segments there are has to be known no earlier than what was in the directory.
        self.live = self.place.check(self.retrieve.store)?;
        self.gathered = Gathered::new(&self.sought);
        let mut segments: Vec<u32> = self.live.scanned().collect();
        segments.sort_unstable_by(|a, b| b.cmp(a));
        self.stage = Stage::Segments(segments);
        Ok(())
    }
}
