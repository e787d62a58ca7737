//! Reads segments and tiers into rows: passages with their cosines and the occurrences of the query's terms.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Mode;
use super::candidate::{Found, Row, Scorer};
use super::hits::Hits;
use crate::filter::Filter;
use crate::keys::Keys;
use crate::lexical::bm25::Corpus;
use crate::lexical::{analyse, lexicon};
use crate::manifest::Tier;
use crate::quantise;
use crate::segment::{Numbers, Run, Segment};
use crate::store::{Store, get_all};
use crate::tier::postings::Read;
use crate::tier::probe::{self, Width};
use crate::tier::{Blocks, Centres, list_number, rows};
use crate::{Error, codec};

/// Terms of a query that are looked up, those that occur most often in it first. It bounds what a long query reads.
const MAX_TERMS: usize = 32;

/// Passages of all tiers that are fetched because of their words alone. Wider than the first stage, so that fusion sees the lower ranks of both sides.
const LEXICAL: usize = 64;

/// Chunks of rows that are read in the place of all else where they have all that may pass the filter: some 3 MB.
const FEW: usize = 512;

/// Lists read at once: under two megabytes.
const LISTS_AT_ONCE: usize = 64;

/// Chunks of rows read at once: about a megabyte.
const CHUNKS_AT_ONCE: usize = 128;

/// How many times more of them are fetched where a filter will leave some out, at most.
const FILTERED: f32 = 4.0;

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
    hits: Hits,
    /// Lists near the query: how near, tier, number. Nearest first.
    near: Vec<(f32, u32, u32)>,
    /// Chunks of rows with all passages of tiers that may pass the filter, where these are few.
    passing: Option<BTreeSet<u32>>,
    /// Of the passages of tiers, those that may pass the filter; zero if that isn't known.
    share: f32,
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

    /// Reads what tiers say of the query: the postings of its words, and which lists are near it.
    pub(super) fn tiers(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        tiers: &[Tier],
        (sought, width): (&Sought, Width),
    ) -> Result<Result<(), Gone>, Error> {
        let head_keys: Vec<_> = tiers.iter().map(|tier| keys.tier(tier.number)).collect();
        let Some(heads) = get_all(store, &head_keys)?.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(Err(Gone));
        };
        // A value is a group with the first of its lists, or a block with the terms that are in it.
        let mut groups: Vec<(f32, u32, u32)> = Vec::new();
        let mut blocks: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        let passing = sought.filter.terms();
        // As many a tier as there are values, but for a tier that has none as low.
        let mut fields = Vec::new();
        for ((tier, key), head) in tiers.iter().zip(&head_keys).zip(&heads) {
            self.corpus.passages += u64::from(tier.passages);
            self.corpus.length += tier.length;
            let (index, centres) = Centres::decode::<Blocks>(key, head)?;
            for (at, &hash) in sought.hashes.iter().enumerate() {
                if let Some(block) = probe::block_of(&index, hash) {
                    blocks.entry((tier.number, block)).or_default().push(at);
                }
            }
            for &hash in &passing {
                if let Some(block) = probe::block_of(&index, hash) {
                    fields.push(keys.postings(tier.number, block));
                }
            }
            if sought.mode != Mode::Lexical {
                let scores = centres.scores(&sought.vector).zip(0..);
                groups.extend(scores.map(|(score, group)| (score, tier.number, group)));
            }
        }
        let share = self.filter(store, (&passing, &fields))?;
        let Ok(share) = share else { return Ok(Err(Gone)) };
        self.share = share;
        if self.passing.is_some() {
            groups.clear();
        }
        let width = if passing.is_empty() { width } else { width.for_share(share) };
        self.partial |= nearest(&mut groups, width.groups(tiers.len()));

        let group_keys = groups.iter().map(|&(_, tier, group)| keys.group(tier, group));
        let block_keys = blocks.keys().map(|&(tier, block)| keys.postings(tier, block));
        let all: Vec<_> = group_keys.chain(block_keys).collect();
        let Some(values) = get_all(store, &all)?.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(Err(Gone));
        };
        let mut values = all.iter().zip(&values);
        for (&(_, tier, group), (key, value)) in groups.iter().zip(values.by_ref()) {
            let ((), centres) = Centres::decode(key, value)?;
            let lists = centres.scores(&sought.vector).enumerate();
            self.near.extend(lists.map(|(place, score)| (score, tier, list_number(group, place))));
        }
        self.partial |= nearest(&mut self.near, width.lists(tiers.len()));

        let mut found = Vec::new();
        for (terms, (key, value)) in blocks.values().zip(values) {
            let block = Read::new(key, codec::unframe(key, value)?)?;
            for &term in terms {
                let Some(&hash) = sought.hashes.get(term) else { continue };
                let term_found = block.find(hash);
                if let Some(frequency) = self.frequencies.get_mut(term) {
                    *frequency += u64::from(term_found.frequency);
                }
                found.push((term, term_found));
            }
        }
        self.hits = Hits::new(sought.hashes.len(), &found);
        Ok(Ok(()))
    }

    /// Reads what tiers say of the filter: the share of their passages that may pass, as far as that is known.
    fn filter(
        &mut self,
        store: &dyn Store,
        (terms, blocks): (&[u32], &[String]),
    ) -> Result<Result<f32, Gone>, Error> {
        if terms.is_empty() {
            return Ok(Ok(0.0));
        }
        let (mut frequency, mut chunks, mut complete) = (0_u64, BTreeSet::new(), true);
        let mut blocks = blocks.to_vec();
        blocks.sort_unstable();
        blocks.dedup();
        for some in blocks.chunks(LISTS_AT_ONCE) {
            for (key, value) in some.iter().zip(store.get_many(some)?) {
                let Some(value) = value else { return Ok(Err(Gone)) };
                let block = Read::new(key, codec::unframe(key, &value)?)?;
                for &hash in terms {
                    let found = block.find(hash);
                    frequency += u64::from(found.frequency);
                    complete &= found.frequency as usize == found.len();
                    chunks.extend(found.postings().map(|(row, ..)| rows::chunk(row)));
                }
            }
        }
        self.passing = (complete && chunks.len() <= FEW).then_some(chunks);
        Ok(Ok(frequency as f32 / self.corpus.passages.max(1) as f32))
    }

    /// Reads the passages of tiers: the lists nearest to the query, then those with most of its words that are not in these. `factor` times more of the latter than usually.
    pub(super) fn passages(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        dimension: usize,
        (sought, factor): (&Sought, usize),
    ) -> Result<Result<(), Gone>, Error> {
        if let Some(passing) = self.passing.take() {
            self.chunks(store, keys, dimension, (sought, &passing), |_| true)?;
            return Ok(Ok(()));
        }
        let near = std::mem::take(&mut self.near);
        let lists: Vec<_> = near.iter().map(|&(_, tier, list)| keys.list(tier, list)).collect();
        for some in lists.chunks(LISTS_AT_ONCE) {
            for (key, value) in some.iter().zip(store.get_many(some)?) {
                let Some(value) = value else { return Ok(Err(Gone)) };
                self.compacted(sought, dimension, &Segment::read(key, Some(&value))?, |_| true);
            }
        }
        let scorer = self.scorer(sought);
        let left_out = if sought.filter.is_empty() { 1.0 } else { (1.0 / self.share).clamp(1.0, FILTERED) };
        let most = (LEXICAL as f32 * left_out) as usize * factor;
        let (wanted, left_out) = self.hits.best(&scorer, most);
        self.partial |= left_out;
        let chunks: BTreeSet<u32> = wanted.iter().map(|&row| rows::chunk(row)).collect();
        self.chunks(store, keys, dimension, (sought, &chunks), |row| wanted.contains(&row))?;
        Ok(Ok(()))
    }

    /// Reads passages by their rows.
    fn chunks(
        &mut self,
        store: &dyn Store,
        keys: &Keys,
        dimension: usize,
        (sought, chunks): (&Sought, &BTreeSet<u32>),
        wanted: impl Fn(u32) -> bool,
    ) -> Result<(), Error> {
        let chunks: Vec<_> = chunks.iter().map(|&chunk| keys.rows(chunk)).collect();
        for some in chunks.chunks(CHUNKS_AT_ONCE) {
            for (key, value) in some.iter().zip(store.get_many(some)?) {
                // Where it is gone, nothing in it counts any more.
                let segment = Segment::read(key, value.as_deref())?;
                self.compacted(sought, dimension, &segment, &wanted);
            }
        }
        Ok(())
    }

    /// Takes passages out of a list or a chunk of rows, as far as their rows are wanted.
    fn compacted(
        &mut self,
        sought: &Sought,
        dimension: usize,
        segment: &Segment<'_>,
        wanted: impl Fn(u32) -> bool,
    ) {
        for (run, numbers) in segment.runs() {
            let holds = sought.filter.holds(&run.fields);
            let passages = numbers.rows.iter().map(|&row| u32::from_le_bytes(row));
            if !passages.clone().any(&wanted) {
                continue;
            }
            for (mut row, number) in sought.rows(run, numbers, dimension).zip(passages) {
                if !wanted(number) {
                    continue;
                }
                if let Some(counts) = self.hits.see(number) {
                    row.counts = counts.to_vec();
                }
                if holds {
                    self.rows.push(row);
                }
            }
        }
    }
}

/// Leaves the nearest, nearest first. Whether any was left out.
fn nearest(all: &mut Vec<(f32, u32, u32)>, most: usize) -> bool {
    all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let left_out = all.len() > most;
    all.truncate(most);
    left_out
}
