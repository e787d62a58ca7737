//! Passages in memory, on their way into lists.

use std::rc::Rc;

use crate::Error;
use crate::keys::Keys;
use crate::lexical::Length;
use crate::segment::{Numbers, Run, Writer};
use crate::store::{Store, delete_all};
use crate::tier::cluster::{List, Points, lists};
use crate::tier::{Centroids, list_number};

/// Values written at once: about a megabyte.
const VALUES_AT_ONCE: usize = 64;

/// Passages of a group, or of several that are still to be found.
#[derive(Default)]
pub(crate) struct Passages {
    pub(crate) dimension: usize,
    rows: Vec<(Rc<Run>, u32)>,
    numbers: Vec<[u8; 4]>,
    scales: Vec<f32>,
    lengths: Vec<Length>,
    values: Vec<u8>,
}

impl Passages {
    pub(crate) fn new(dimension: usize) -> Self {
        Self { dimension, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds one passage of a run in its row.
    pub(crate) fn push(&mut self, run: &Rc<Run>, passage: u32, row: u32, numbers: Numbers<'_>) {
        self.rows.push((Rc::clone(run), passage));
        self.numbers.push(row.to_le_bytes());
        self.scales.extend(numbers.scales.iter().map(|&scale| f32::from_le_bytes(scale)));
        self.lengths.extend_from_slice(numbers.lengths);
        self.values.extend_from_slice(numbers.values);
    }

    pub(crate) fn points(&self) -> Points<'_> {
        Points { dimension: self.dimension, scales: &self.scales, values: &self.values }
    }

    /// Writes a group of some of the passages.
    pub(crate) fn write_group(
        &self,
        written: &mut Written<'_>,
        keys: &Keys,
        (tier, group): (u32, u32),
        members: &[u32],
    ) -> Result<(), Error> {
        let mut lists = lists(self.points(), members);
        let in_order = |&at: &u32| {
            self.rows.get(at as usize).map(|(run, passage)| (&run.document, run.generation, *passage))
        };
        let mut centroids = Centroids::default();
        for list in &mut lists {
            list.members.sort_by(|a, b| in_order(a).cmp(&in_order(b)));
            centroids.push(&list.centre);
        }
        // First what says what there is to delete.
        written.push(keys.group(tier, group), centroids.encode(&())?)?;
        written.flush()?;
        for (place, list) in lists.iter().enumerate() {
            written.push(keys.list(tier, list_number(group, place)), self.segment(list)?)?;
        }
        Ok(())
    }

    fn segment(&self, list: &List) -> Result<Vec<u8>, Error> {
        self.segment_of(list.members.iter().map(|&member| member as usize))
    }

    /// Some passages as a segment.
    pub(crate) fn segment_of(&self, members: impl Iterator<Item = usize>) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(self.dimension, 0);
        for at in members {
            let (Some((run, passage)), Some(scale), Some(lengths), Some(rows)) = (
                self.rows.get(at),
                self.scales.get(at),
                self.lengths.get(at..=at),
                self.numbers.get(at..=at),
            ) else {
                continue;
            };
            let values = self.values.get(at * self.dimension..(at + 1) * self.dimension).unwrap_or_default();
            let numbers = Numbers { scales: &[scale.to_le_bytes()], lengths, values, rows, lexicon: &[] };
            writer.push_passage(run, *passage, numbers);
        }
        writer.finish()
    }
}

/// Values written some at once, and remembered: who finds that nobody wants them any more has to delete them.
pub(crate) struct Written<'a> {
    store: &'a dyn Store,
    entries: Vec<(String, Vec<u8>)>,
    keys: Vec<String>,
}

impl<'a> Written<'a> {
    pub(crate) fn new(store: &'a dyn Store) -> Self {
        Self { store, entries: Vec::new(), keys: Vec::new() }
    }

    pub(crate) fn push(&mut self, key: String, value: Vec<u8>) -> Result<(), Error> {
        self.keys.push(key.clone());
        self.entries.push((key, value));
        if self.entries.len() >= VALUES_AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// A key that was written by other means.
    pub(crate) fn note(&mut self, key: String) {
        self.keys.push(key);
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if self.entries.is_empty() {
            Ok(())
        } else {
            Ok(self.store.set_many(std::mem::take(&mut self.entries))?)
        }
    }

    /// Deletes what was written, as far as `which` holds.
    pub(crate) fn delete(mut self, which: impl Fn(&str) -> bool) -> Result<(), Error> {
        self.entries.clear();
        self.keys.retain(|key| which(key));
        delete_all(self.store, &self.keys)
    }
}
