//! Passages to a tier: clustered, inverted, written.

use std::rc::Rc;

use crate::keys::Keys;
use crate::lexical::bm25::Corpus;
use crate::lexical::{Length, length, lexicon};
use crate::manifest::Tier;
use crate::segment::{Numbers, Run, Writer};
use crate::store::Store;
use crate::tier::cluster::{Group, List, Points, cluster};
use crate::tier::postings::{Posting, blocks, passage};
use crate::tier::{Centroids, Head};
use crate::{Error, codec};

/// Values written at once: about a megabyte.
const VALUES_AT_ONCE: usize = 32;

/// Passages on their way into a tier.
#[derive(Default)]
pub(crate) struct Rows {
    dimension: usize,
    rows: Vec<Row>,
    scales: Vec<f32>,
    lengths: Vec<Length>,
    values: Vec<u8>,
    lexicons: Vec<u8>,
}

struct Row {
    run: Rc<Run>,
    passage: u32,
    /// Where its terms end in `lexicons`.
    terms: std::ops::Range<usize>,
}

impl Rows {
    pub(crate) fn new(dimension: usize) -> Self {
        Self { dimension, ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds the passages of a run; `terms` are theirs, as [`lexicon`] writes them.
    pub(crate) fn push(&mut self, run: &Run, numbers: Numbers<'_>, terms: &[u8]) {
        let run = Rc::new(run.clone());
        self.scales.extend(numbers.scales.iter().map(|&scale| f32::from_le_bytes(scale)));
        self.lengths.extend_from_slice(numbers.lengths);
        self.values.extend_from_slice(numbers.values);
        let mut entries = lexicon::entries(terms);
        for passage in run.first..run.first + run.count {
            let start = self.lexicons.len();
            if let Some(entry) = entries.next() {
                entry.copy_to(&mut self.lexicons);
            }
            self.rows.push(Row { run: Rc::clone(&run), passage, terms: start..self.lexicons.len() });
        }
    }

    /// Writes a tier. Its head goes first: it says what there is to delete.
    pub(crate) fn write(&self, store: &dyn Store, keys: &Keys, number: u32) -> Result<(Tier, Head), Error> {
        let points = Points { dimension: self.dimension, scales: &self.scales, values: &self.values };
        let mut groups = cluster(points);
        let in_order = |&at: &u32| {
            self.rows.get(at as usize).map(|row| (&row.run.document, row.run.generation, row.passage))
        };
        for list in groups.iter_mut().flat_map(|group| &mut group.lists) {
            list.members.sort_by(|a, b| in_order(a).cmp(&in_order(b)));
        }
        let length = self.lengths.iter().map(|&terms| u64::from(length::decode(terms))).sum();
        let tier = Tier { number, passages: self.rows.len() as u32, length };
        let corpus = Corpus { passages: u64::from(tier.passages), length };
        let blocks = blocks(self.postings(&groups), &corpus);

        let head = self.head(&groups, blocks.iter().map(|(first, _)| *first).collect());
        store.set_many(vec![(keys.tier(number), codec::encode(&head)?)])?;
        let mut batch = Batch { store, entries: Vec::new() };
        for (block, (_, bytes)) in (0..).zip(blocks) {
            batch.push(keys.postings(number, block), codec::frame(&bytes))?;
        }
        let mut list_number = 0;
        for (at, group) in (0..).zip(&groups) {
            let mut centroids = Centroids::default();
            for list in &group.lists {
                centroids.push(&list.centre);
                batch.push(keys.list(number, list_number), self.list(list)?)?;
                batch.push(keys.terms(number, list_number), self.terms(list))?;
                list_number += 1;
            }
            batch.push(keys.group(number, at), codec::encode(&centroids)?)?;
        }
        batch.flush()?;
        Ok((tier, head))
    }

    fn head(&self, groups: &[Group], blocks: Vec<u32>) -> Head {
        let mut head = Head { blocks, ..Head::default() };
        for group in groups {
            head.groups.push(head.lists);
            head.lists += group.lists.len() as u32;
            head.centroids.push(&group.centre);
        }
        head
    }

    fn postings(&self, groups: &[Group]) -> Vec<Posting> {
        let mut postings = Vec::new();
        let lists = groups.iter().flat_map(|group| &group.lists);
        for (number, list) in (0..).zip(lists) {
            for (place, &member) in list.members.iter().enumerate() {
                let (Some(row), Some(&length)) =
                    (self.rows.get(member as usize), self.lengths.get(member as usize))
                else {
                    continue;
                };
                let terms = self.lexicons.get(row.terms.clone()).unwrap_or_default();
                for (hash, count) in
                    lexicon::entries(terms).flat_map(|entry| entry.terms().collect::<Vec<_>>())
                {
                    postings.push(Posting { hash, passage: passage(number, place), count, length });
                }
            }
        }
        postings
    }

    fn list(&self, list: &List) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(self.dimension, 0);
        for &member in &list.members {
            let at = member as usize;
            let (Some(row), Some(scale), Some(length)) =
                (self.rows.get(at), self.scales.get(at), self.lengths.get(at..=at))
            else {
                continue;
            };
            let values = self.values.get(at * self.dimension..(at + 1) * self.dimension).unwrap_or_default();
            let numbers = Numbers { scales: &[scale.to_le_bytes()], lengths: length, values, lexicon: &[] };
            writer.push_passage(&row.run, row.passage, numbers);
        }
        writer.finish()
    }

    fn terms(&self, list: &List) -> Vec<u8> {
        let rows = list.members.iter().filter_map(|&member| self.rows.get(member as usize));
        let terms: Vec<u8> =
            rows.flat_map(|row| self.lexicons.get(row.terms.clone()).unwrap_or_default()).copied().collect();
        codec::frame(&terms)
    }
}

/// Values written some at once.
struct Batch<'a> {
    store: &'a dyn Store,
    entries: Vec<(String, Vec<u8>)>,
}

impl Batch<'_> {
    fn push(&mut self, key: String, value: Vec<u8>) -> Result<(), Error> {
        self.entries.push((key, value));
        if self.entries.len() >= VALUES_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(self.store.set_many(std::mem::take(&mut self.entries))?)
    }
}
