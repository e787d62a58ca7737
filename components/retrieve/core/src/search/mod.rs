//! Search: segments scanned and tiers probed, the best of them fused, then their documents.
//!
//! What is read is read without a lock, so some of what is found no longer counts, and a document that was replaced meanwhile may
//! not be found by its new passages. `resolve` asks the directory about every candidate before it is returned, and fetches what was written
//! under the search, so that it sees each document either as it was or as it is. Then `rerank` reads the best as far as the deadline allows, `calibrate` says how
//! probable it is that they answer, and `select` chooses among them.
//!
//! # How many keys are read
//! Manifest and totals, two or three times each. Segments that are not compacted: some 32, and those with room. Of each tier its head, 12 groups and a block for each
//! of at most 32 words. Of all tiers together the nearest lists, 32 and 8 more for each tier after the first, and at most 64 for passages found by words
//! alone. For each passage that is wanted, or 50 if they are to be reranked, a shard of the directory, a head and a part. Tiers double in size up to 131,072
//! passages, so there are some log₂ (n / 4096) of them, and one more for every 131,072 passages. `gusset-quality scale` counts: about 40 keys for 1,000
//! passages, 180 for 100,000.

mod calibrate;
mod candidate;
mod gather;
mod hit;
mod hosted;
mod query;
mod rerank;
mod resolve;
mod select;

use std::collections::BTreeMap;

use crate::filter::Filter;
use crate::manifest::{self, Live, Place};
use crate::segment::Segment;
use crate::tier::probe::Width;
use crate::{Error, Purpose, Retrieve, names, quantise, totals};
use gather::{Gathered, Sought};
pub use hit::{Degraded, Found, Hit, Note};
pub use query::{Mode, Query, Rerank};
use rerank::{Progress, Reread};
use resolve::Resolved;

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
    stage: Stage<'a>,
    /// Versions of the directory's shards from before the search read anything else.
    versions: BTreeMap<u8, u64>,
    attempts: usize,
}

enum Stage<'a> {
    /// The next segments to scan, last first.
    Segments(Vec<u32>),
    /// The next tier to probe.
    Tiers(usize),
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
        let mut search = self.prepare_search((tenant, collection), live, query, started_ms)?;
        search.begin()?;
        Ok(search)
    }

    /// A search that has read nothing yet.
    fn prepare_search(
        &self,
        (tenant, collection): (&str, &str),
        live: Live,
        query: &Query,
        started_ms: u64,
    ) -> Result<Search<'a>, Error> {
        let filter = Filter::new(&query.filter)?;
        self.guard(&live.fingerprint, &live.model)?;
        let vector =
            self.embed(std::slice::from_ref(&query.text), Purpose::Query, live.dimension as usize)?;
        let sought = Sought::new(&query.text, query.mode, quantise::Query::new(&vector), filter);
        let wanted = match query {
            Query { rerank: None, diversity: None, budget_tokens: None, .. } => query.limit,
            _ => query.limit.max(WIDE),
        } as usize;
        // More than are wanted, because some may no longer count.
        let capacity = wanted * 2 + 16;
        Ok(Search {
            retrieve: *self,
            place: Place::new(tenant, collection, live.incarnation),
            live,
            gathered: Gathered::new(&sought),
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
        })
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
                self.stage = Stage::Tiers(0);
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
            Stage::Tiers(next) => {
                let sought = (&self.sought, self.width);
                let read = match self.live.tiers.get(*next) {
                    Some(&tier) => {
                        *next += 1;
                        self.gathered.tier(store, keys, (tier, self.live.dimension as usize), sought)?
                    }
                    None => {
                        self.stage = Stage::Resolve;
                        self.gathered.passages(store, keys, sought, self.factor)?
                    }
                };
                if read.is_err() { self.changed() } else { Ok(None) }
            }
            Stage::Resolve => match self.resolve()? {
                Resolved::Hits(hits) => Ok(self.rank(hits)),
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
                    Ok(Some(self.select(reread.finish(), reranked, degraded)))
                }
            },
        }
    }

    /// Goes on to rerank, or to the end.
    fn rank(&mut self, mut hits: Vec<Hit>) -> Option<Found> {
        if self.query.mode == Mode::Hybrid {
            for hit in &mut hits {
                hit.passage.score = hit.probability;
            }
        }
        let Some(rerank) = self.query.rerank.filter(|_| !hits.is_empty()) else {
            return Some(self.select(hits, 0, None));
        };
        let Some(ports) = self.retrieve.reranker else {
            return Some(self.select(hits, 0, Some(Degraded::NoReranker)));
        };
        let query = self.query.text.clone();
        let reread = Reread::new(ports, query, hits, (self.started_ms, rerank.deadline_ms));
        self.stage = Stage::Rerank(Box::new(reread));
        None
    }

    /// What is returned of ranked hits.
    fn select(&self, mut hits: Vec<Hit>, reranked: u32, degraded: Option<Degraded>) -> Found {
        let confidence = hits.first().map_or(0.0, |best| best.probability);
        let below_floor = !hits.is_empty() && confidence < self.query.floor;
        let note = Note { candidates: hits.len() as u32, reranked, confidence, below_floor, degraded };
        if below_floor {
            return Found { hits: Vec::new(), note };
        }
        let limit = self.query.limit as usize;
        if let Some(diversity) = self.query.diversity {
            hits = select::diverse(hits, limit, diversity);
        }
        hits.truncate(limit);
        if let Some(budget) = self.query.budget_tokens {
            hits = select::pack(hits, budget);
        }
        Found { hits, note }
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
