//! Search: an exact scan of every segment, then the documents of the best.
//!
//! Vectors are read without a lock, so some that the scan finds no longer count, and a document that was replaced while the scan ran may
//! not be found by its new vectors. `resolve` asks the directory about every candidate before it is returned, and fetches what was written
//! under the scan, so that a search sees each document either as it was or as it is.

mod resolve;
mod top;

use std::collections::BTreeMap;
use std::rc::Rc;

use gusset_types::Passage;

use crate::manifest::{self, Live, Place};
use crate::quantise::Query;
use crate::segment::Segment;
use crate::{Error, Purpose, Retrieve, names, totals};
use resolve::Resolved;
use top::{Candidate, Found, Top};

/// Segments read at once: at most 3.2 MB at 384 dimensions.
const SEGMENTS_AT_ONCE: usize = 8;

/// Most passages of one search.
const MAX_LIMIT: u32 = 1000;

/// How often a search starts over because documents changed under it.
const ATTEMPTS: usize = 8;

/// A search, step by step.
pub struct Search<'a> {
    retrieve: Retrieve<'a>,
    live: Live,
    place: Place,
    query: Query,
    limit: usize,
    /// The next segment to scan.
    next: u32,
    top: Top,
    /// Versions of the directory's shards from before the scan.
    versions: BTreeMap<u8, u64>,
    attempts: usize,
}

impl<'a> Retrieve<'a> {
    /// Begins a search for the `limit` passages nearest to a text.
    ///
    /// # Errors
    /// No such collection, or made by another model; text or limit are not what they may be; the model or the store failed.
    pub fn search(
        &self,
        tenant: &str,
        collection: &str,
        text: &str,
        limit: u32,
    ) -> Result<Search<'a>, Error> {
        names::collection(tenant, collection)?;
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::InvalidRequest(format!("query.limit is {limit}; use 1 to {MAX_LIMIT}")));
        }
        if text.trim().is_empty() {
            return Err(Error::InvalidRequest("query.text is empty; say what to look for".to_owned()));
        }
        let live = manifest::live(self.store, tenant, collection)?;
        self.guard(&live.fingerprint, &live.model)?;
        let vector = self.embed(&[text.to_owned()], Purpose::Query, live.dimension as usize)?;
        let limit = limit as usize;
        let place = Place::new(tenant, collection, live.incarnation);
        Ok(Search {
            versions: totals::versions(self.store, &place.keys)?,
            // Which segments there are has to be known no earlier than what was in the directory.
            live: place.check(self.store)?,
            retrieve: *self,
            place,
            query: Query::new(&vector),
            limit,
            next: 0,
            // More than are asked for, because some may no longer count.
            top: Top::new(limit * 2 + 16),
            attempts: 0,
        })
    }
}

impl Search<'_> {
    /// Scans the next segments, or ends the search. `Some` has the passages, best first; equal scores in the order of document and place.
    ///
    /// # Errors
    /// The collection was deleted meanwhile; the store failed; documents changed under the search too often.
    pub fn step(&mut self) -> Result<Option<Vec<Passage>>, Error> {
        if self.next < self.live.segments {
            let end = self.live.segments.min(self.next + SEGMENTS_AT_ONCE as u32);
            self.scan(self.next..end)?;
            self.next = end;
            return Ok(None);
        }
        match self.resolve()? {
            Resolved::Passages(passages) => Ok(Some(passages)),
            Resolved::TooFew => {
                self.start_over(self.top.capacity() * 4)?;
                Ok(None)
            }
            Resolved::Changed => {
                self.attempts += 1;
                if self.attempts == ATTEMPTS {
                    return Err(Error::Conflict(format!("documents of {:?}", self.place.name)));
                }
                self.start_over(self.top.capacity())?;
                Ok(None)
            }
        }
    }

    /// All steps at once.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(mut self) -> Result<Vec<Passage>, Error> {
        loop {
            if let Some(passages) = self.step()? {
                return Ok(passages);
            }
        }
    }

    fn start_over(&mut self, capacity: usize) -> Result<(), Error> {
        self.versions = totals::versions(self.retrieve.store, &self.place.keys)?;
        self.live = self.place.check(self.retrieve.store)?;
        self.next = 0;
        self.top = Top::new(capacity);
        Ok(())
    }

    fn scan(&mut self, numbers: std::ops::Range<u32>) -> Result<(), Error> {
        let keys: Vec<_> = numbers.map(|number| self.place.keys.segment(number)).collect();
        for (key, value) in keys.iter().zip(self.retrieve.store.get_many(&keys)?) {
            let segment = Segment::read(key, value.as_deref())?;
            for (run, scales, values) in segment.runs() {
                let mut found = None;
                let scores = scores(&self.query, scales, values, segment.dimension());
                for (score, passage) in scores.zip(run.first..) {
                    if !self.top.may_hold(score) {
                        continue;
                    }
                    let found = found.get_or_insert_with(|| {
                        Rc::new(Found { document: run.document.clone(), generation: run.generation })
                    });
                    self.top.push(Candidate { score, found: Rc::clone(found), passage });
                }
            }
        }
        Ok(())
    }
}

/// Cosines of a query with vectors.
fn scores(query: &Query, scales: &[[u8; 4]], values: &[u8], dimension: usize) -> impl Iterator<Item = f32> {
    let vectors = values.chunks_exact(dimension.max(1));
    vectors.zip(scales).map(|(vector, scale)| query.score(vector, f32::from_le_bytes(*scale)))
}
