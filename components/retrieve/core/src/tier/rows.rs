//! Compacted passages in the order of their arrival, a few to a value. Their numbers, the rows, are never given twice; what no longer counts is taken out
//! when a merge comes across it.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::keys::Keys;
use crate::segment::{Segment, Writer};
use crate::store::{Change, Store, delete_all, get_all, update};

/// Rows of a value: some 7 kB at 384 dimensions, of which a search wants one.
pub(crate) const CHUNK: u32 = 16;

/// Chunks looked through at once where all are.
const CHUNKS_AT_ONCE: u32 = 64;

/// The chunk of a row.
pub(crate) fn chunk(row: u32) -> u32 {
    row / CHUNK
}

/// Takes rows out of their chunks, and deletes a chunk that is empty then: nothing is ever put into one again.
pub(crate) fn take_out(store: &dyn Store, keys: &Keys, rows: &BTreeSet<u32>) -> Result<(), Error> {
    let mut chunks: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &row in rows {
        chunks.entry(chunk(row)).or_default().push(row);
    }
    let mut empty = Vec::new();
    for (number, gone) in chunks {
        let key = keys.rows(number);
        let is_empty = update(store, &key, |current| {
            let Some(bytes) = current else { return Ok(Change::Keep(false)) };
            let segment = Segment::read(&key, Some(bytes))?;
            let mut writer = Writer::new(segment.dimension(), 0);
            let mut taken = false;
            for (run, numbers) in segment.runs() {
                for at in 0..run.count as usize {
                    let Some(one) = numbers.at(at, segment.dimension()) else { continue };
                    if one.row().is_some_and(|row| gone.contains(&row)) {
                        taken = true;
                    } else {
                        writer.push_passage(run, run.first + at as u32, one);
                    }
                }
            }
            let is_empty = writer.is_empty();
            Ok(if taken { Change::Write(writer.finish()?, is_empty) } else { Change::Keep(is_empty) })
        })?;
        empty.extend(is_empty.then_some(key));
    }
    delete_all(store, &empty)
}

/// Deletes the chunks of some rows, and with `records` what is kept under the generations in them.
pub(crate) fn remove(
    store: &dyn Store,
    keys: &Keys,
    rows: std::ops::Range<u32>,
    records: bool,
) -> Result<(), Error> {
    let chunks = chunk(rows.start)..rows.end.div_ceil(CHUNK);
    for first in chunks.clone().step_by(CHUNKS_AT_ONCE as usize) {
        let some: Vec<_> =
            (first..chunks.end.min(first + CHUNKS_AT_ONCE)).map(|number| keys.rows(number)).collect();
        if records {
            let mut doomed = BTreeSet::new();
            for (key, value) in some.iter().zip(get_all(store, &some)?) {
                for (run, _) in Segment::read(key, value.as_deref())?.runs() {
                    doomed.extend(keys.generation(run.generation, run.parts));
                }
            }
            delete_all(store, &doomed.into_iter().collect::<Vec<_>>())?;
        }
        delete_all(store, &some)?;
    }
    Ok(())
}
