//! The passages of a document as they are stored, with their vectors: what a change of its metadata needs no model for.
//!
//! It is a matter of speed alone: where anything is not where it was, the document is embedded again.

use std::collections::BTreeMap;

use crate::Error;
use crate::directory::Entry;
use crate::keys::Keys;
use crate::lexical::{self, lexicon};
use crate::record::{self, Passage};
use crate::segment::{Numbers, Segment, Vectors};
use crate::store::{Store, get_all};
use crate::tier::rows::chunk;

/// Scale and integers of a vector.
type Vector = (f32, Vec<u8>);

/// All passages of a document with their numbers; `None` where some are not to be found.
pub(crate) fn passages(
    store: &dyn Store,
    keys: &Keys,
    entry: &Entry,
    dimension: usize,
) -> Result<Option<(Vec<Passage>, Vectors)>, Error> {
    let parts: Vec<_> =
        (0..entry.parts.len() as u32).map(|part| keys.passages(entry.generation, part)).collect();
    let mut passages: Vec<Passage> = Vec::with_capacity(entry.passages as usize);
    for (key, value) in parts.iter().zip(get_all(store, &parts)?) {
        let Some(value) = value else { return Ok(None) };
        passages.append(&mut record::read_part(key, &value)?);
    }
    let known = vectors(store, keys, entry, dimension)?;
    if passages.len() != known.len() || known.keys().copied().ne(0..entry.passages) {
        return Ok(None);
    }
    let mut all = Vectors { dimension, ..Vectors::default() };
    for (passage, (scale, mut values)) in passages.iter().zip(known.into_values()) {
        let terms = lexical::analyse(&passage.words());
        all.scales.push(scale);
        all.lengths.push(lexical::length::encode(terms.length));
        all.values.append(&mut values);
        all.lexicons.push(lexicon::encode(&terms));
    }
    Ok(Some((passages, all)))
}

/// Vectors by passage, from the segments they were written to or the rows they have gone to since.
fn vectors(
    store: &dyn Store,
    keys: &Keys,
    entry: &Entry,
    dimension: usize,
) -> Result<BTreeMap<u32, Vector>, Error> {
    let mut known = BTreeMap::new();
    let mut note = |first: u32, numbers: Numbers<'_>| {
        let vectors = numbers.scales.iter().zip(numbers.values.chunks_exact(dimension.max(1)));
        known.extend(
            (first..).zip(vectors.map(|(&scale, values)| (f32::from_le_bytes(scale), values.to_vec()))),
        );
    };
    let mut rows = Vec::new();
    for &number in &entry.segments {
        let key = keys.segment(number);
        let value = store.get(&key)?;
        let segment = Segment::read(&key, value.as_deref())?;
        segment
            .runs()
            .filter(|(run, _)| run.generation == entry.generation)
            .for_each(|(run, numbers)| note(run.first, numbers));
        rows.extend(segment.moved().iter().filter(|moved| moved.generation == entry.generation).copied());
    }
    let mut chunks: Vec<u32> =
        rows.iter().flat_map(|moved| chunk(moved.row)..=chunk(moved.row + moved.count.max(1) - 1)).collect();
    chunks.dedup();
    let chunks: Vec<_> = chunks.into_iter().map(|chunk| keys.rows(chunk)).collect();
    for (key, value) in chunks.iter().zip(get_all(store, &chunks)?) {
        let segment = Segment::read(key, value.as_deref())?;
        segment
            .runs()
            .filter(|(run, _)| run.generation == entry.generation)
            .for_each(|(run, numbers)| note(run.first, numbers));
    }
    Ok(known)
}
