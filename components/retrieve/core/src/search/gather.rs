//! Reads segments and tiers into rows: passages with their cosines and the occurrences of the query's terms.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Mode;
use super::candidate::{Found, Row, Scorer};
use crate::filter::Filter;
use crate::keys::Keys;
use crate::lexical::bm25::Corpus;
use crate::lexical::{Length, analyse, lexicon};
use crate::manifest::Tier;
use crate::quantise;
use crate::segment::{Numbers, Run, Segment};
use crate::store::{Store, get_all};
use crate::tier::probe::{self, Width};
use crate::tier::{self, postings};
use crate::{Error, codec};

/// Terms of a query that are looked up, those that occur most often in it first. It bounds what a long query reads.
const MAX_TERMS: usize = 32;

/// Passages of all tiers that are fetched because of their words alone. Wider than the first stage, so that fusion sees the lower ranks of both sides.
const LEXICAL: usize = 64;

/// How many times more of them are fetched where a filter will leave some out.
const FILTERED: usize = 4;

/// A query as rows are compared with it.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) mode: Mode,
    pub(super) vector: quantise::Query,
    pub(super) filter: Filter,
    hashes: Vec<u32>,
    occurrences: Vec<u8>,
}

/// The index or a part of it changed under the search.
pub(super) struct Gone;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) rows: Vec<Row>,
    /// Whether there are passages that were not looked at.
    pub(super) partial: bool,
    corpus: Corpus,
    frequencies: Vec<u64>,
    hits: Vec<Hits>,
}

/// Postings of a tier, by passage.
#[derive(Debug)]
struct Hits {
    tier: u32,
    dimension: usize,
    /// For each number of a passage its place below, plus one; zero where it has none of the terms.
    slots: Vec<u32>,
    passages: Vec<(u32, Length)>,
    /// Occurrences, as many a passage as there are terms.
    counts: Vec<u8>,
    terms: usize,
    /// Lists near the query, and how near.
    near: Vec<(u32, f32)>,
    lists: u32,
    read: BTreeSet<u32>,
}

impl Hits {
    fn new(tier: u32, lists: u32, dimension: usize, terms: usize) -> Self {
        let slots = if terms > 0 { vec![0; postings::passage(lists, 0) as usize] } else { Vec::new() };
        Self {
            tier,
            dimension,
            slots,
            passages: Vec::new(),
            counts: Vec::new(),
            terms,
            near: Vec::new(),
            lists,
            read: BTreeSet::new(),
        }
    }

    fn note(&mut self, term: usize, (passage, count, length): (u32, u8, Length)) {
        let Some(slot) = self.slots.get_mut(passage as usize) else { return };
        if *slot == 0 {
            self.passages.push((passage, length));
            self.counts.resize(self.counts.len() + self.terms, 0);
            *slot = self.passages.len() as u32;
        }
        if let Some(seen) = self.counts.get_mut((*slot as usize - 1) * self.terms + term) {
            *seen = count;
        }
    }

    fn counts(&self, passage: u32) -> Option<&[u8]> {
        let at = (*self.slots.get(passage as usize)? as usize).checked_sub(1)?;
        self.counts.get(at * self.terms..(at + 1) * self.terms)
    }

    fn scored<'s>(&'s self, scorer: &'s Scorer) -> impl Iterator<Item = (f32, u32)> + 's {
        let counts = self.counts.chunks_exact(self.terms.max(1));
        self.passages
            .iter()
            .zip(counts)
            .map(|(&(passage, length), counts)| (scorer.lexical(counts, length), passage))
    }
}

impl Sought {
    pub(super) fn new(text: &str, mode: Mode, vector: quantise::Query, filter: Filter) -> Self {
        let mut terms = if mode == Mode::Dense { Vec::new() } else { analyse(text).counts };
        terms.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        terms.truncate(MAX_TERMS);
        let (hashes, occurrences) = terms.into_iter().unzip();
        Self { mode, vector, filter, hashes, occurrences }
    }

    /// The hashes of its terms, and how often each occurs.
    pub(super) fn terms(&self) -> (&[u32], &[u8]) {
        (&self.hashes, &self.occurrences)
    }

    pub(super) fn rows<'r>(
        &'r self,
        run: &'r Run,
        numbers: Numbers<'r>,
        dimension: usize,
    ) -> impl Iterator<Item = Row> + 'r {
        let found = Rc::new(Found { document: run.document.clone(), generation: run.generation });
        let vectors = numbers.values.chunks_exact(dimension.max(1));
        let mut entries = lexicon::entries(numbers.lexicon);
        vectors.zip(numbers.scales).zip(numbers.lengths).zip(run.first..).map(
            move |(((vector, scale), &length), passage)| {
                let counts = entries.next().map(|entry| self.counts(&entry)).unwrap_or_default();
                let cosine = self.vector.score(vector, f32::from_le_bytes(*scale));
                Row { found: Rc::clone(&found), passage, cosine, length, counts }
            },
        )
    }

    /// How often each term occurs in a passage; nothing where none does.
    fn counts(&self, entry: &lexicon::Entry<'_>) -> Vec<u8> {
        let mut counts = Vec::new();
        for (term, &hash) in self.hashes.iter().enumerate() {
            let count = entry.count(hash);
            if count > 0 {
                counts.resize(self.hashes.len(), 0);
                if let Some(slot) = counts.get_mut(term) {
                    *slot = count;
                }
            }
        }
        counts
    }
}

impl Gathered {
    pub(super) fn new(sought: &Sought) -> Self {
        Self { frequencies: vec![0; sought.hashes.len()], ..Self::default() }
    }

    pub(super) fn scorer(&self, sought: &Sought) -> Scorer {
        Scorer::new(sought.mode, self.corpus, &sought.occurrences, &self.frequencies)
    }

    /// Scans a segment.
    pub(super) fn segment(&mut self, sought: &Sought, segment: &Segment<'_>) {
        for (run, numbers) in segment.runs() {
            self.corpus.add(numbers.lengths);
            let holds = sought.filter.holds(&run.fields);
            for row in sought.rows(run, numbers, segment.dimension()) {
                for (frequency, &count) in self.frequencies.iter_mut().zip(&row.counts) {
                    *frequency += u64::from(count > 0);
                }
                if holds {
                    self.rows.push(row);
                }
            }
        }
    }

    /// Reads what a tier has for the query.
    pub(super) fn tier(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        (tier, dimension): (Tier, usize),
        (sought, width): (&Sought, Width),
    ) -> Result<Result<(), Gone>, Error> {
        let Some(head) = tier::head(store, keys, tier.number)? else { return Ok(Err(Gone)) };
        self.corpus.passages += u64::from(tier.passages);
        self.corpus.length += tier.length;
        let mut hits = Hits::new(tier.number, head.lists, dimension, sought.hashes.len());
        let mut blocks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, &hash) in sought.hashes.iter().enumerate() {
            if let Some(block) = probe::block_of(&head, hash) {
                blocks.entry(block).or_default().push(at);
            }
        }
        let block_keys: Vec<_> = blocks.keys().map(|&block| keys.postings(tier.number, block)).collect();
        for ((key, terms), value) in block_keys.iter().zip(blocks.values()).zip(store.get_many(&block_keys)?)
        {
            let Some(value) = value else { return Ok(Err(Gone)) };
            let block = codec::unframe(key, &value)?;
            for &term in terms {
                let Some(&hash) = sought.hashes.get(term) else { continue };
                let found = postings::find(key, block, hash)?;
                if let Some(frequency) = self.frequencies.get_mut(term) {
                    *frequency += u64::from(found.frequency);
                }
                for posting in found.postings {
                    hits.note(term, posting);
                }
            }
        }
        if sought.mode != Mode::Lexical {
            let nearest =
                probe::nearest(store, keys, (tier.number, &head), (&sought.vector, dimension), width)?;
            let Some(near) = nearest else { return Ok(Err(Gone)) };
            hits.near = near;
        }
        self.hits.push(hits);
        Ok(Ok(()))
    }

    /// Reads the passages of tiers: the lists nearest to the query, then those with most of its words that are not in these. `factor` times more of the latter than usually.
    pub(super) fn passages(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        (sought, width): (&Sought, Width),
        factor: usize,
    ) -> Result<Result<(), Gone>, Error> {
        let mut near: Vec<(usize, u32, f32)> = Vec::new();
        for (at, hits) in self.hits.iter().enumerate() {
            near.extend(hits.near.iter().map(|&(list, score)| (at, list, score)));
        }
        near.sort_by(|a, b| b.2.total_cmp(&a.2));
        near.truncate(width.of_all(self.hits.len()));
        let all: usize = self.hits.iter().map(|hits| hits.lists as usize).sum();
        self.partial |= sought.mode != Mode::Lexical && near.len() < all;
        if self.read(store, keys, sought, near.into_iter().map(|(at, list, _)| (at, list)))?.is_err() {
            return Ok(Err(Gone));
        }
        let scorer = self.scorer(sought);
        let most = LEXICAL * factor * if sought.filter.is_empty() { 1 } else { FILTERED };
        let mut scored: Vec<(f32, usize, u32)> = Vec::new();
        for (at, hits) in self.hits.iter().enumerate() {
            scored.extend(hits.scored(&scorer).map(|(score, passage)| (score, at, passage)));
        }
        if scored.len() > most {
            self.partial = true;
            let order = |a: &(f32, usize, u32), b: &(f32, usize, u32)| {
                b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2)))
            };
            scored.select_nth_unstable_by(most, order);
            scored.truncate(most);
        }
        self.read(
            store,
            keys,
            sought,
            scored.into_iter().map(|(_, at, passage)| (at, postings::place(passage).0)),
        )
    }

    /// Reads lists, each named by the place of its tier and its number, that are not read yet.
    fn read(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        sought: &Sought,
        lists: impl Iterator<Item = (usize, u32)>,
    ) -> Result<Result<(), Gone>, Error> {
        let wanted: BTreeSet<(usize, u32)> = lists.collect();
        let mut tiers = std::mem::take(&mut self.hits);
        for (at, hits) in tiers.iter_mut().enumerate() {
            let own = wanted.iter().filter(|(tier, list)| *tier == at && !hits.read.contains(list));
            let lists: Vec<u32> = own.map(|&(_, list)| list).collect();
            if self.lists(store, keys, (hits, sought), &lists)?.is_err() {
                return Ok(Err(Gone));
            }
        }
        self.hits = tiers;
        Ok(Ok(()))
    }

    fn lists(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        (hits, sought): (&mut Hits, &Sought),
        lists: &[u32],
    ) -> Result<Result<(), Gone>, Error> {
        let list_keys: Vec<_> = lists.iter().map(|&list| keys.list(hits.tier, list)).collect();
        for ((&list, key), value) in lists.iter().zip(&list_keys).zip(get_all(store, &list_keys)?) {
            let Some(value) = value else { return Ok(Err(Gone)) };
            hits.read.insert(list);
            let segment = Segment::read(key, Some(&value))?;
            let mut place = 0;
            for (run, numbers) in segment.runs() {
                let holds = sought.filter.holds(&run.fields);
                for mut row in sought.rows(run, numbers, hits.dimension) {
                    if let Some(counts) = hits.counts(postings::passage(list, place)) {
                        row.counts = counts.to_vec();
                    }
                    place += 1;
                    if holds {
                        self.rows.push(row);
                    }
                }
            }
        }
        Ok(Ok(()))
    }
}
